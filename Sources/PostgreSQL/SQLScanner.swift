import Core

/// Reads SQL character by character, just far enough to know where a statement ends (PostgreSQL manual, 4.1).
struct SQLScanner {
  private let placeholders: [(mark: String, name: String)]
  private var statements: [SQLScript.Statement] = []

  private var text = ""
  private var words: [String] = []
  private var parentheses = 0
  /// Open `BEGIN` and `CASE` in the body of a function that is written in standard SQL.
  private var blocks = 0

  init(placeholders: [(mark: String, name: String)]) { self.placeholders = placeholders }

  /// Reads one more script; a missing semicolon at its end is added.
  mutating func scan(_ script: String) throws(Problem) {
    var rest = Substring(script)
    while let character = rest.first {
      if rest.hasPrefix("--") {
        text += rest.prefix { !$0.isNewline }
        rest = rest.drop { !$0.isNewline }
      } else if rest.hasPrefix("/*") {
        try takeComment(&rest)
      } else if character == "'" || character == "\"" {
        try takeQuoted(character, &rest, escapes: character == "'" && endsInEscapePrefix)
      } else if character == "$", !takePlaceholder(&rest, quoted: true), try !takeDollarQuoted(&rest) {
        take(&rest)
      } else if character.isIdentifierStart {
        takeWord(&rest)
      } else if character == ";", parentheses == 0, blocks == 0 {
        rest.removeFirst()
        endStatement()
      } else if character != "$" {
        if character == "(" { parentheses += 1 }
        if character == ")" { parentheses = max(0, parentheses - 1) }
        take(&rest)
      }
    }
    endStatement()
  }

  func finished() -> [SQLScript.Statement] { statements }

  private mutating func take(_ rest: inout Substring) { text.append(rest.removeFirst()) }

  private mutating func endStatement() {
    let statement = text.trimmingWhitespace
    if !words.isEmpty { statements.append(SQLScript.Statement(text: statement, words: words)) }
    text = ""
    words = []
    parentheses = 0
    blocks = 0
  }

  private mutating func takeComment(_ rest: inout Substring) throws(Problem) {
    var depth = 0
    repeat {
      if rest.hasPrefix("/*") {
        depth += 1
        text += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else if rest.hasPrefix("*/") {
        depth -= 1
        text += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else if rest.isEmpty {
        throw Self.endless("comment")
      } else {
        take(&rest)
      }
    } while depth > 0
  }

  private mutating func takeQuoted(_ mark: Character, _ rest: inout Substring, escapes: Bool) throws(Problem) {
    take(&rest)
    while let character = rest.first {
      if character == "$", takePlaceholder(&rest, quoted: false) { continue }
      take(&rest)
      if escapes, character == "\\", !rest.isEmpty {
        take(&rest)
      } else if character == mark {
        // A doubled mark stands for one and ends nothing; the second half begins an empty quote that ends at once.
        return
      }
    }
    throw Self.endless(mark == "'" ? "string" : "quoted name")
  }

  /// `E'…'` is the one kind of string where a backslash escapes.
  private var endsInEscapePrefix: Bool {
    guard let last = text.last, last == "e" || last == "E" else { return false }
    return text.dropLast().last.map { !$0.isIdentifierPart } ?? true
  }

  /// - Returns: whether a dollar quote was there.
  private mutating func takeDollarQuoted(_ rest: inout Substring) throws(Problem) -> Bool {
    let tag = rest.dropFirst().prefix { $0.isIdentifierPart && $0 != "$" }
    guard rest.dropFirst(1 + tag.count).first == "$", tag.first.map(\.isNumber) != true else { return false }
    let mark = "$\(tag)$"
    text += mark
    rest = rest.dropFirst(mark.count)
    while !rest.hasPrefix(mark) {
      guard let character = rest.first else { throw Self.endless("dollar-quoted string") }
      if character != "$" || !takePlaceholder(&rest, quoted: true) { take(&rest) }
    }
    text += mark
    rest = rest.dropFirst(mark.count)
    return true
  }

  /// - Returns: whether a placeholder was there. `$user`, which `search_path` knows, is none.
  private mutating func takePlaceholder(_ rest: inout Substring, quoted: Bool) -> Bool {
    for (mark, name) in placeholders where rest.hasPrefix(mark) {
      let next = rest.dropFirst(mark.count)
      if let character = next.first, character.isIdentifierPart { return false }
      text += quoted ? SQLText.identifier(name) : name
      note(word: quoted ? SQLText.identifier(name) : name)
      rest = next
      return true
    }
    return false
  }

  private mutating func takeWord(_ rest: inout Substring) {
    let word = rest.prefix(while: \.isIdentifierPart)
    text += word
    rest = rest.dropFirst(word.count)
    note(word: word.uppercased())
  }

  private mutating func note(word: String) {
    // More than any kind of statement needs to be recognised.
    if words.count < 8 { words.append(word) }
    guard words.first == "CREATE", words.contains("FUNCTION") || words.contains("PROCEDURE"), parentheses == 0 else {
      return
    }
    switch word {
    case "BEGIN": blocks += 1
    case "CASE": if blocks > 0 { blocks += 1 }
    case "END": blocks = max(0, blocks - 1)
    default: break
    }
  }

  private static func endless(_ what: String) -> Problem {
    Problem(
      "bad-script", .badData, "a PostgreSQL script in the manifest has a \(what) that does not end",
      hint: "check the quotes under middleware.postgres.databases[].scripts")
  }
}

extension Character {
  fileprivate var isIdentifierStart: Bool { isLetter || self == "_" }
  fileprivate var isIdentifierPart: Bool { isLetter || isNumber || self == "_" || self == "$" }
}

extension String {
  fileprivate var trimmingWhitespace: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
