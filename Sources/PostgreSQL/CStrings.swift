import Glibc

extension [String] {
  /// A NULL-terminated array of C strings, alive during `body`.
  func withCStrings<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> Result) rethrows -> Result {
    try map { Optional($0) }.withOptionalCStrings(body)
  }
}

extension [String?] {
  /// An array of C strings, NULL for nil, and one NULL behind the last; alive during `body`.
  func withOptionalCStrings<Result>(
    _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> Result
  ) rethrows -> Result {
    let copies = map { $0.flatMap { strdup($0) } } + [nil]
    defer { copies.forEach { free($0) } }
    return try copies.map { $0.map { UnsafePointer($0) } }.withUnsafeBufferPointer { buffer in
      try withExtendedLifetime(copies) {
        guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has memory") }
        return try body(base)
      }
    }
  }
}
