import Core
import YAML

/// A piece of a template: text, or what stands between `{{` and `}}`.
enum TemplatePiece {
  case text(Range<Int>)
  case action([TemplateToken], offset: Int)
}

struct TemplateToken: Sendable {
  enum Kind: Sendable, Equatable {
    case field(String)
    case dot
    case variable(String)
    case identifier(String)
    case string(String)
    case int(Int)
    case double(Double)
    case open, close, pipe, declare, assign, comma
  }

  let kind: Kind
  let offset: Int
  /// Whether a blank stands before it: `.a .b` are two values, `.a.b` is one.
  let followsBlank: Bool
}

/// Cuts a template into text and actions (Go's text/template lexer), and trims text beside `{{-` and `-}}`.
struct TemplateLexer {
  private let bytes: [UInt8]
  private var position = 0
  private var tokenCount = 0

  static func pieces(of bytes: [UInt8]) throws(TemplateError) -> [TemplatePiece] {
    var lexer = TemplateLexer(bytes: bytes)
    return try lexer.pieces()
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func pieces() throws(TemplateError) -> [TemplatePiece] {
    var pieces: [TemplatePiece] = []
    var trimsStart = false
    while true {
      let start = position
      let opening = find(UInt8(ascii: "{"), UInt8(ascii: "{"), from: start)
      var text = start..<(opening ?? bytes.count)
      if trimsStart { text = trimmedStart(text) }
      guard let opening else {
        if !text.isEmpty { pieces.append(.text(text)) }
        return pieces
      }
      position = opening + 2
      if byte(0) == UInt8(ascii: "-"), isBlank(byte(1)) {
        text = trimmedEnd(text)
        position += 2
      }
      if !text.isEmpty { pieces.append(.text(text)) }
      if let trims = try comment(from: opening) {
        trimsStart = trims
        continue
      }
      tokenCount += 1
      try checkSize(at: opening)
      let (tokens, trims) = try action(from: opening)
      pieces.append(.action(tokens, offset: opening))
      trimsStart = trims
    }
  }

  /// Skips a comment; nil when there is none here, else whether the text behind it is trimmed.
  private mutating func comment(from opening: Int) throws(TemplateError) -> Bool? {
    guard byte(0) == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") else { return nil }
    guard let end = find(UInt8(ascii: "*"), UInt8(ascii: "/"), from: position + 2) else {
      throw TemplateError(message: "this comment is not closed with */", offset: opening)
    }
    position = end + 2
    let trims = isBlank(byte(0)) && byte(1) == UInt8(ascii: "-")
    if trims { position += 2 }
    guard byte(0) == UInt8(ascii: "}"), byte(1) == UInt8(ascii: "}") else {
      throw TemplateError(message: "}} must follow directly behind the comment", offset: position)
    }
    position += 2
    return trims
  }

  private mutating func action(from opening: Int) throws(TemplateError) -> ([TemplateToken], trims: Bool) {
    var tokens: [TemplateToken] = []
    while true {
      let before = position
      while isBlank(byte(0)) { position += 1 }
      let blank = position > before
      let start = position
      guard let first = byte(0) else {
        throw TemplateError(message: "this {{ is not closed with }}", offset: opening)
      }
      if blank, first == UInt8(ascii: "-"), byte(1) == UInt8(ascii: "}"), byte(2) == UInt8(ascii: "}") {
        position += 3
        return (tokens, true)
      }
      if first == UInt8(ascii: "}"), byte(1) == UInt8(ascii: "}") {
        position += 2
        return (tokens, false)
      }
      tokenCount += 1
      try checkSize(at: start)
      tokens.append(TemplateToken(kind: try token(first), offset: start, followsBlank: blank || tokens.isEmpty))
    }
  }

  /// Real templates have some hundred tokens; syntax trees are many times larger than their text.
  private func checkSize(at offset: Int) throws(TemplateError) {
    if tokenCount > 50_000 { throw TemplateError(message: "the template is too large", offset: offset) }
  }

  private mutating func token(_ first: UInt8) throws(TemplateError) -> TemplateToken.Kind {
    let start = position
    switch first {
    case UInt8(ascii: "("): return punctuation(.open)
    case UInt8(ascii: ")"): return punctuation(.close)
    case UInt8(ascii: "|"): return punctuation(.pipe)
    case UInt8(ascii: ","): return punctuation(.comma)
    case UInt8(ascii: "="): return punctuation(.assign)
    case UInt8(ascii: ":") where byte(1) == UInt8(ascii: "="): return punctuation(.declare, count: 2)
    case UInt8(ascii: "\""): return .string(try quotedString())
    case UInt8(ascii: "`"): return .string(try rawString())
    case UInt8(ascii: "'"): return .int(try character())
    case UInt8(ascii: "$"):
      position += 1
      return .variable("$" + word())
    case UInt8(ascii: ".") where !isDigit(byte(1)):
      position += 1
      let name = word()
      return name.isEmpty ? .dot : .field(name)
    case _
    where isDigit(first) || first == UInt8(ascii: ".") || first == UInt8(ascii: "-") || first == UInt8(ascii: "+"):
      return try number()
    case _ where isLetter(first): return .identifier(word())
    default:
      throw TemplateError(message: "unexpected character in a template expression", offset: start)
    }
  }

  private mutating func punctuation(_ kind: TemplateToken.Kind, count: Int = 1) -> TemplateToken.Kind {
    position += count
    return kind
  }

  private mutating func word() -> String {
    let start = position
    while let next = byte(0), isLetter(next) || isDigit(next) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func number() throws(TemplateError) -> TemplateToken.Kind {
    let start = position
    position += 1
    while let next = byte(0) {
      let isSign = next == UInt8(ascii: "+") || next == UInt8(ascii: "-")
      let previousIsExponent = bytes[position - 1] | 0x20 == UInt8(ascii: "e")
      guard isLetter(next) || isDigit(next) || next == UInt8(ascii: ".") || (isSign && previousIsExponent) else {
        break
      }
      position += 1
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    // Go's literals are those of YAML 1.1 in all forms that occur in a manifest.
    switch Scalar(text: text, style: .plain, isImplicit: true).value {
    case .int(let value): return .int(value)
    case .double(let value): return .double(value)
    default: throw TemplateError(message: "\"\(text.shortened(to: 40))\" is not a number", offset: start)
    }
  }

  private mutating func rawString() throws(TemplateError) -> String {
    let start = position + 1
    guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "`")) else {
      throw TemplateError(message: "this text is not closed with `", offset: position)
    }
    position = end + 1
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func quotedString() throws(TemplateError) -> String {
    let start = position
    position += 1
    var content: [UInt8] = []
    while let next = byte(0), next != UInt8(ascii: "\n") {
      position += 1
      if next == UInt8(ascii: "\"") { return String(decoding: content, as: UTF8.self) }
      if next == UInt8(ascii: "\\") { try escape(into: &content) } else { content.append(next) }
    }
    throw TemplateError(message: "this text is not closed with \"", offset: start)
  }

  private mutating func character() throws(TemplateError) -> Int {
    let start = position
    position += 1
    var content: [UInt8] = []
    while let next = byte(0), next != UInt8(ascii: "\n") {
      position += 1
      if next == UInt8(ascii: "'") {
        let scalars = String(decoding: content, as: UTF8.self).unicodeScalars
        guard scalars.count == 1, let scalar = scalars.first else { break }
        return Int(scalar.value)
      }
      if next == UInt8(ascii: "\\") { try escape(into: &content) } else { content.append(next) }
    }
    throw TemplateError(message: "'…' must hold one character; text stands in \"…\"", offset: start)
  }

  /// What follows a backslash, by the rules of Go's interpreted strings.
  private mutating func escape(into content: inout [UInt8]) throws(TemplateError) {
    let start = position - 1
    guard let kind = byte(0) else { throw TemplateError(message: "nothing follows the backslash", offset: start) }
    position += 1
    switch kind {
    case UInt8(ascii: "n"): content.append(0x0a)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "r"): content.append(0x0d)
    case UInt8(ascii: "a"): content.append(0x07)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0c)
    case UInt8(ascii: "v"): content.append(0x0b)
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): content.append(kind)
    case UInt8(ascii: "x"): content.append(UInt8(truncatingIfNeeded: try hexadecimal(digits: 2, from: start)))
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let value = try hexadecimal(digits: kind == UInt8(ascii: "u") ? 4 : 8, from: start)
      guard let scalar = Unicode.Scalar(value) else {
        throw TemplateError(message: "this is not a Unicode character", offset: start)
      }
      content += Array(String(Character(scalar)).utf8)
    default: throw TemplateError(message: "unknown escape sequence", offset: start)
    }
  }

  private mutating func hexadecimal(digits: Int, from start: Int) throws(TemplateError) -> UInt32 {
    let end = min(bytes.count, position + digits)
    let text = String(decoding: bytes[position..<end], as: UTF8.self)
    guard text.utf8.count == digits, let value = UInt32(text, radix: 16) else {
      throw TemplateError(message: "\(digits) hexadecimal digits must follow", offset: start)
    }
    position = end
    return value
  }

  private func byte(_ ahead: Int) -> UInt8? { position + ahead < bytes.count ? bytes[position + ahead] : nil }

  private func find(_ first: UInt8, _ second: UInt8, from start: Int) -> Int? {
    bytes.withUnsafeBufferPointer { bytes in
      var index = start
      while index + 1 < bytes.count {
        if bytes[index] == first, bytes[index + 1] == second { return index }
        index += 1
      }
      return nil
    }
  }

  private func trimmedStart(_ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    while start < range.upperBound, isBlank(bytes[start]) { start += 1 }
    return start..<range.upperBound
  }

  private func trimmedEnd(_ range: Range<Int>) -> Range<Int> {
    var end = range.upperBound
    while end > range.lowerBound, isBlank(bytes[end - 1]) { end -= 1 }
    return range.lowerBound..<end
  }

  private func isBlank(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }
  private func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
  private func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte >= 0x80
  }
}
