import TestServers
import Testing

@testable import RedisProxy

/// Random input, mostly of the right shape: what comes out must not depend on how it arrives.
struct RESPRandomTests {
  private static let pieces = [
    "*1\r\n", "*2\r\n", "*3\r\n", "*0\r\n", "*-1\r\n", "$0\r\n\r\n", "$1\r\na\r\n", "$3\r\nget\r\n",
    "$4\r\n\r\n\r\n\r\n", "$2\r\nab",
    "\r\n", "\n", "\r", "ping", " ", "\"", "'", "\\x41", "\u{0}", "$", "*", "1", "0", "-", "+OK\r\n", ":1\r\n",
    "%1\r\n", "~2\r\n",
    ">2\r\n", "_\r\n", "#t\r\n", "|1\r\n", "(12\r\n", "=5\r\ntxt:a\r\n", "-ERR a\r\n", "$-1\r\n", ",1.5\r\n",
  ].map { Array($0.utf8) }

  private static func input(_ generator: inout SplitMix64) -> [UInt8] {
    (0..<Int.random(in: 1..<24, using: &generator)).flatMap { _ in pieces.randomElement(using: &generator) ?? [] }
  }

  private static func cut(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [ArraySlice<UInt8>] {
    var rest = bytes[...]
    var parts: [ArraySlice<UInt8>] = []
    while !rest.isEmpty {
      let count = Int.random(in: 1...min(rest.count, 9), using: &generator)
      parts.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    return parts
  }

  @Test func requestsAreTheSameHoweverTheyArrive() {
    var generator = SplitMix64(seed: 1)
    for _ in 0..<20_000 {
      let bytes = Self.input(&generator)
      let whole = RESPRequestParserTests.run([bytes[...]])
      #expect(RESPRequestParserTests.run(Self.cut(bytes, &generator)) == whole, "\(bytes.printable)")
    }
  }

  @Test func repliesAreTheSameHoweverTheyArrive() {
    var generator = SplitMix64(seed: 2)
    for _ in 0..<20_000 {
      let bytes = Self.input(&generator)
      let whole = RESPReplyScannerTests.run([bytes[...]])
      let parts = RESPReplyScannerTests.run(Self.cut(bytes, &generator))
      #expect(parts == whole, "\(bytes.printable)")
    }
  }
}
