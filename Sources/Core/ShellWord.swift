extension String {
  /// The text as one word of a POSIX shell's command line, quoted where it needs to be.
  package var shellWord: String {
    let isPlain = utf8.allSatisfy { $0.isASCIIAlphanumeric || "_-./:@,+".utf8.contains($0) }
    if isPlain, !isEmpty { return self }
    return "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}

extension UInt8 {
  fileprivate var isASCIIAlphanumeric: Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
  }
}
