/// What can be told of a script by its words, without knowing its meaning.
struct LuaScript {
  private enum Kind { case name, mark, string, other }

  private struct Token {
    let kind: Kind
    let start: Int
    let end: Int
  }

  private let script: UnsafeRawBufferPointer
  private var tokens: [Token] = []
  /// Other names of `redis.call`: `local call = redis.call`.
  private var aliases: Set<String> = []
  /// By the place of an opening parenthesis, that of the closing one.
  private var closings: [Int: Int] = [:]

  init(_ script: UnsafeRawBufferPointer) {
    self.script = script
    readTokens()
    var open: [Int] = []
    for place in tokens.indices where tokens[place].kind == .mark {
      if isWord(place, "(") { open.append(place) }
      if isWord(place, ")"), let start = open.popLast() { closings[start] = place }
    }
    for place in tokens.indices.dropFirst() where isWord(place - 1, "local") && tokens[place].kind == .name {
      if isWord(place + 1, "="), isCall(place + 2), !isWord(place + 5, "(") { aliases.insert(text(place)) }
    }
  }

  func usesName(_ name: StaticString) -> Bool {
    tokens.indices.contains { tokens[$0].kind == .name && isWord($0, name) }
  }

  /// Whether `redis` occurs only as in `redis.call` and `redis.pcall`, and is not assigned to.
  var onlyCalls: Bool {
    tokens.indices.allSatisfy { place in
      guard tokens[place].kind == .name, isWord(place, "redis") else { return true }
      return isWord(place + 1, ".") && (isWord(place + 2, "call") || isWord(place + 2, "pcall"))
        && !isWord(place + 3, "=")
    }
  }

  /// The strings that are names of commands, as they are written.
  var commands: Set<String> {
    Set(
      tokens.compactMap { token in
        guard token.kind == .string, token.end - token.start > 2 else { return nil }
        let name = UnsafeRawBufferPointer(rebasing: script[token.start + 1..<token.end - 1])
        guard CommandTable.shared.find(name) != nil, name.allSatisfy(Self.isNamePart) else { return nil }
        return String(decoding: name, as: UTF8.self)
      })
  }

  /// Where `return redis.call(…)` needs parentheses around the call, in pairs.
  ///
  /// Lua leaves the frame of a function that ends so before it calls another Lua function, and with it the number of the line.
  /// In parentheses the call is an ordinary one, and means the same, since `redis.call` gives one value.
  func parentheses() -> [(open: Int, close: Int)] {
    tokens.indices.compactMap { place in
      guard isWord(place, "return") else { return nil }
      let callee = place + 1
      let open: Int
      if isCall(callee) { open = callee + 3 } else if isAlias(callee) { open = callee + 1 } else { return nil }
      guard isWord(open, "("), let close = closings[open] else { return nil }
      return (tokens[callee].start, tokens[close].end)
    }
  }

  private func isCall(_ place: Int) -> Bool {
    isWord(place, "redis") && isWord(place + 1, ".") && isWord(place + 2, "call")
  }

  private func isAlias(_ place: Int) -> Bool {
    place < tokens.count && tokens[place].kind == .name && aliases.contains(text(place))
  }

  private func text(_ place: Int) -> String {
    String(decoding: script[tokens[place].start..<tokens[place].end], as: UTF8.self)
  }

  private func isWord(_ place: Int, _ word: StaticString) -> Bool {
    guard place < tokens.count, tokens[place].kind == .name || tokens[place].kind == .mark else { return false }
    let token = tokens[place]
    guard token.end - token.start == word.utf8CodeUnitCount else { return false }
    return script[token.start..<token.end].elementsEqual(
      UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  private mutating func readTokens() {
    var place = 0
    while place < script.count {
      let byte = script[place]
      let start = place
      switch byte {
      case UInt8(ascii: "-") where at(place + 1) == UInt8(ascii: "-"):
        if let end = longBracket(place + 2) {
          place = end
        } else {
          while place < script.count, script[place] != UInt8(ascii: "\n") { place += 1 }
        }
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        place += 1
        while place < script.count, script[place] != byte { place += script[place] == UInt8(ascii: "\\") ? 2 : 1 }
        place = min(place + 1, script.count)
        tokens.append(Token(kind: .string, start: start, end: place))
      case UInt8(ascii: "["):
        place = longBracket(place) ?? place + 1
        tokens.append(Token(kind: .other, start: start, end: place))
      case _ where Self.isNamePart(byte):
        while place < script.count, Self.isNamePart(script[place]) { place += 1 }
        let isNumber = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        tokens.append(Token(kind: isNumber ? .other : .name, start: start, end: place))
      case UInt8(ascii: " "), 9...13: place += 1
      default:
        place += 1
        // `..` and `==` are marks of their own.
        while byte == at(place), byte == UInt8(ascii: ".") || byte == UInt8(ascii: "=") { place += 1 }
        tokens.append(Token(kind: .mark, start: start, end: place))
      }
    }
  }

  /// Behind a `[==[ … ]==]` that begins here, or nil.
  private func longBracket(_ start: Int) -> Int? {
    guard at(start) == UInt8(ascii: "[") else { return nil }
    var level = 0
    while at(start + 1 + level) == UInt8(ascii: "=") { level += 1 }
    guard at(start + 1 + level) == UInt8(ascii: "[") else { return nil }
    var place = start + 2 + level
    while place < script.count {
      if script[place] == UInt8(ascii: "]"), (0..<level).allSatisfy({ at(place + 1 + $0) == UInt8(ascii: "=") }),
        at(place + 1 + level) == UInt8(ascii: "]")
      {
        return place + 2 + level
      }
      place += 1
    }
    return script.count
  }

  private func at(_ place: Int) -> UInt8 { place < script.count ? script[place] : 0 }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
