import TestServers

/// Arguments for the generator: mostly such as make sense, so that commands do something, and sometimes not.
struct RandomValues {
  var random: SplitMix64
  /// Grows, so that stream IDs made up here grow.
  private var streamID = 1

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &random)]
  }
  mutating func text(_ texts: String...) -> [UInt8] { Array(pick(texts).utf8) }

  // MARK: Keys

  /// What keys of a group's type are called, by their first letter.
  private static let letters: [String: [String]] = [
    "string": ["s", "n"], "bitmap": ["s", "b"], "hyperloglog": ["p"], "list": ["l"], "hash": ["h"], "set": ["e", "i"],
    "sorted-set": ["z"], "geo": ["g"], "stream": ["x"],
  ]
  private static let allLetters = ["s", "n", "b", "p", "l", "h", "e", "i", "z", "g", "x"]
  private static let oddKeys: [[UInt8]] = [
    [], Array("{}".utf8), Array("{}x".utf8), Array("}{".utf8), Array("{a}{b}".utf8), Array("k\r\n$3\r\n".utf8),
    [0, 1, 2, 255], Array("{\0}\r".utf8), Array("*".utf8), Array("a:b{c".utf8), Array("[x]?\\".utf8),
    Array("olares:namespaces".utf8), Array(repeating: UInt8(ascii: "k"), count: 300), Array("not.1{abc}:x".utf8),
  ]

  /// - Parameter group: of the command; nil for any key.
  mutating func key(of group: String?) -> [UInt8] {
    if chance(3) { return pick(Self.oddKeys) }
    let letters = chance(8) ? Self.allLetters : group.flatMap { Self.letters[$0] } ?? Self.allLetters
    return Array("\(pick(letters))\(number(1...4))".utf8)
  }

  mutating func keyPattern() -> [UInt8] {
    if chance(5) { return Array((number(0...1) == 0 ? pick(Self.oddKeys) : Array("[^a-".utf8))) }
    return text("*", "s*", "?1", "[e-z]?", "l[1-3]", "*1", "nothing", "**", "\\s1", "[^s]*", "s1", "{*", "*:*", "x?*")
  }

  // MARK: Contents

  mutating func value() -> [UInt8] {
    switch number(0...19) {
    case 0: []
    case 1: [0, 13, 10, 255, 128]
    case 2: Array(repeating: UInt8(ascii: "v"), count: number(40...90))
    case 3: chance(10) ? Array(repeating: 0xab, count: number(1000...20_000)) : Array("$-1\r\n".utf8)
    case 4...7: Array("\(number(-3...30))".utf8)
    case 8: text("3.0", "1e3", "-0.5", "9223372036854775807", "007", " 1", "inf", "nan")
    default: text("a", "b", "c", "d", "e", "f", "one", "two", "three", "hello world", "foo", "bar", "Rome", "Oslo")
    }
  }

  /// Few, so that they meet.
  mutating func member() -> [UInt8] {
    chance(5)
      ? value() : text("a", "b", "c", "d", "e", "f", "g", "1", "2", "3", "10", "Rome", "Oslo", "Bern", "f1", "f2")
  }

  mutating func message() -> [UInt8] { value() }

  // MARK: Numbers

  mutating func oddNumber() -> [UInt8] {
    text(
      "", "abc", "-1", "0", "1", "1.5", "1e3", "0x10", " 1", "1 ", "+1", "-0", "007", "inf", "-inf", "nan",
      "2147483648",
      "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551616", "4294967296")
  }

  mutating func integer() -> [UInt8] { Array("\(number(-3...12))".utf8) }
  mutating func small() -> [UInt8] { Array("\(number(0...5))".utf8) }

  mutating func double() -> [UInt8] {
    chance(50)
      ? integer()
      : text(
        "1.5", "-2.25", "0.1", "3e2", "inf", "-inf", "+inf", "1e308", "-0", "0.30000000000000004", "17179869184", "1e-7"
      )
  }

  mutating func scoreBound() -> [UInt8] {
    let number = double()
    return chance(25) ? Array("(".utf8) + number : number
  }

  mutating func lexicalBound() -> [UInt8] {
    chance(30) ? text("-", "+") : text("[", "(") + member()
  }

  /// Never within a session's time: either past or far away.
  mutating func seconds() -> [UInt8] {
    text("1000", "5000", "100000", "0", "-1", "9223372036854775807", "4611686018427387904")
  }
  mutating func milliseconds() -> [UInt8] { text("1000000", "5000000", "0", "-5", "9223372036854775807") }
  mutating func unixTime(inMilliseconds: Bool) -> [UInt8] {
    let zeros = inMilliseconds ? "000" : ""
    return text("4000000000\(zeros)", "5000000123\(zeros)", "1000000000\(zeros)", "1", "-1")
  }

  // MARK: Streams

  mutating func newStreamID() -> [UInt8] {
    streamID += 1
    return Array((chance(90) ? "\(streamID)-\(number(0...2))" : "\(number(0...3))-\(number(0...3))").utf8)
  }

  mutating func streamID(_ special: String...) -> [UInt8] {
    if chance(35) { return Array(pick(special).utf8) }
    let newest = streamID
    return chance(15)
      ? text(
        "0", "0-0", "5", "1-", "-1-1", "abc", "18446744073709551615-18446744073709551615", "18446744073709551616-1")
      : Array("\(number(max(1, newest - 12)...newest + 1))-\(number(0...2))".utf8)
  }
}
