/// Finds the manifest's own version before anything is rendered or parsed, since it decides whether the file is a template.
enum VersionProbe {
  /// Manifests from this version on are literal.
  static let firstLiteral = SemanticVersion(0, 12, 0)

  /// The value of `olaresManifest.version` or `terminusManifest.version` on a line of its own, as Olares looks for it:
  /// only lines that begin with neither blank, `-` nor `#`.
  static func version(in bytes: [UInt8]) -> String? {
    var line = bytes[...]
    while !line.isEmpty {
      let end = line.firstIndex(of: UInt8(ascii: "\n")) ?? line.endIndex
      if let version = version(onLine: line[..<end]) { return version }
      line = end < bytes.endIndex ? bytes[(end + 1)...] : []
    }
    return nil
  }

  static func isTemplate(_ bytes: [UInt8]) -> Bool {
    guard let version = version(in: bytes).flatMap({ SemanticVersion($0) }) else { return false }
    return version < firstLiteral
  }

  private static let keys = ["olaresManifest.version", "terminusManifest.version"].map { Array($0.utf8) }

  private static func version(onLine line: ArraySlice<UInt8>) -> String? {
    var line = line
    if line.starts(with: [0xef, 0xbb, 0xbf]) { line = line.dropFirst(3) }
    let quotes = [UInt8(ascii: "\""), UInt8(ascii: "'")]
    if let first = line.first, quotes.contains(first) { line = line.dropFirst() }
    guard let first = line.first, first == UInt8(ascii: "o") || first == UInt8(ascii: "t"),
      let key = keys.first(where: { line.starts(with: $0) })
    else { return nil }
    line = line.dropFirst(key.count)
    if let first = line.first, quotes.contains(first) { line = line.dropFirst() }
    line = line.drop { $0 == 0x20 }
    guard line.first == UInt8(ascii: ":") else { return nil }
    line = line.dropFirst().drop { $0 == 0x20 || $0 == 0x09 || quotes.contains($0) }
    return String(
      decoding: line.prefix { $0 > 0x20 && !quotes.contains($0) && $0 != UInt8(ascii: "#") }, as: UTF8.self)
  }
}
