/// Go's functions on text. They compare bytes, where Swift's compare characters; and none takes longer than its texts are
/// long.
enum TemplateText {
  static func contains(_ text: String, _ part: String) -> Bool {
    part.isEmpty || occurrences(of: part, in: text) > 0
  }

  static func hasPrefix(_ text: String, _ prefix: String) -> Bool { text.utf8.starts(with: prefix.utf8) }

  static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
    text.utf8.count >= suffix.utf8.count && text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  /// How often `part`, which is not empty, is in `text`.
  static func occurrences(of part: String, in text: String) -> Int {
    var count = 0
    forEachPiece(of: Array(text.utf8), separatedBy: Array(part.utf8)) { _ in count += 1 }
    return count - 1
  }

  /// What stands between the separators, which are not empty.
  static func split(_ text: String, by separator: String) -> [String] {
    var pieces: [String] = []
    forEachPiece(of: Array(text.utf8), separatedBy: Array(separator.utf8)) {
      pieces.append(String(decoding: $0, as: UTF8.self))
    }
    return pieces
  }

  static func replace(_ old: String, by new: String, in text: String) -> String {
    var result: [UInt8] = []
    var isFirst = true
    forEachPiece(of: Array(text.utf8), separatedBy: Array(old.utf8)) {
      if !isFirst { result += new.utf8 }
      isFirst = false
      result += $0
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Without the scalars at both ends that `isDropped` accepts.
  static func trim(_ text: String, where isDropped: (Unicode.Scalar) -> Bool) -> String {
    let start = text.unicodeScalars.drop(while: isDropped)
    guard let last = start.lastIndex(where: { !isDropped($0) }) else { return "" }
    return String(start[...last])
  }

  private static func forEachPiece(
    of text: [UInt8], separatedBy separator: [UInt8], _ body: (ArraySlice<UInt8>) -> Void
  ) {
    let fallbacks = fallbacks(of: separator)
    var start = 0
    var matched = 0
    for index in text.indices {
      while matched > 0, separator[matched] != text[index] { matched = fallbacks[matched - 1] }
      if separator[matched] == text[index] { matched += 1 }
      if matched == separator.count {
        body(text[start..<(index + 1 - matched)])
        start = index + 1
        matched = 0
      }
    }
    body(text[start...])
  }

  /// For each prefix of `part`, the length of its longest proper prefix that is also its end (Knuth, Morris, Pratt):
  /// where to go on after a mismatch without looking at any byte of the text again.
  private static func fallbacks(of part: [UInt8]) -> [Int] {
    var fallbacks = [Int](repeating: 0, count: part.count)
    var matched = 0
    for index in part.indices.dropFirst() {
      while matched > 0, part[matched] != part[index] { matched = fallbacks[matched - 1] }
      if part[matched] == part[index] { matched += 1 }
      fallbacks[index] = matched
    }
    return fallbacks
  }
}
