/// The name of a language, such as `en-US`, by BCP 47 (RFC 5646, 2.1).
enum LanguageTag {
  /// The text in the spelling that RFC 5646, 2.1.1 recommends; nil if it is no well-formed tag, or names no language.
  static func canonical(_ text: String) -> String? {
    guard text.utf8.count <= 64, text.lowercased() != "und" else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { String($0) }
    guard parts.allSatisfy({ (1...8).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isLetterOrDigit) }),
      let language = parts.first, (2...8).contains(language.utf8.count), language.utf8.allSatisfy(\.isLetter)
    else { return nil }
    var canonical = [language.lowercased()]
    // A single letter or digit begins an extension, in which subtags have meanings of their own.
    var isExtension = false
    for part in parts.dropFirst() {
      if part.utf8.count == 1 { isExtension = true }
      if isExtension {
        canonical.append(part.lowercased())
      } else if part.utf8.count == 4, part.utf8.allSatisfy(\.isLetter) {
        canonical.append(part.prefix(1).uppercased() + part.dropFirst().lowercased())
      } else if part.utf8.count == 2, part.utf8.allSatisfy(\.isLetter) {
        canonical.append(part.uppercased())
      } else {
        canonical.append(part.lowercased())
      }
    }
    guard parts.last?.utf8.count != 1 else { return nil }
    return canonical.joined(separator: "-")
  }
}

extension UInt8 {
  fileprivate var isLetter: Bool { isLetterOrDigit && !isDigit }
}
