/// What Redis says of scripts.
enum ScriptErrors {
  /// Of a text that is no script, which Redis does not keep, and does nothing (`luaCreateFunction`, `evalExtractShebangFlags`
  /// in Redis 7.0).
  static func isRefusal(_ error: UnsafeRawBufferPointer) -> Bool { refusals.contains { error.starts(with: $0) } }

  private static let refusals = [
    "Error compiling script", "Invalid script shebang", "Invalid engine in script shebang",
    "Unexpected engine in script shebang", "Unknown lua shebang option", "Unexpected flag in script shebang",
  ].map { Array("-ERR \($0)".utf8) }
}
