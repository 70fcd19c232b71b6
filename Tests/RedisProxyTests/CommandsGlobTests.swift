import Core
import TestServers
import Testing

@testable import RedisProxy

struct CommandsGlobTests {
  static func matches(_ pattern: String, _ text: String) -> Bool {
    pattern.withRawBytes { pattern in text.withRawBytes { GlobPattern.matches(pattern, $0) } }
  }

  @Test func isQuickWhereTriesCouldMultiply() {
    #expect(!Self.matches(String(repeating: "a*", count: 20_000) + "b", String(repeating: "a", count: 5000)))
  }

  /// `PUBSUB CHANNELS` matches the names of a server's channels with its own `stringmatchlen`.
  @Test(.enabled(if: RedisServer.skipReason == nil, "redis-server is not installed"))
  func matchesAsTheServerDoes() async throws {
    let password = Secret.random()
    let server = try await RedisServer(password: password)
    defer { server.stop() }
    let subscriber = try RawConnection(port: server.port)
    let connection = try RawConnection(port: server.port)
    for one in [subscriber, connection] { _ = try one.command("AUTH", password.reveal()) }
    var generator = SplitMix64(seed: 7)
    let letters = Array("ab-]^é")
    let texts = Set((0..<400).map { _ in Self.random(letters, 0..<7, &generator) })
    for text in texts { _ = try subscriber.command("SUBSCRIBE", text) }
    let marks = letters + Array("**??[[[]]^\\--")
    for _ in 0..<3000 {
      let pattern = Self.random(marks, 0..<9, &generator)
      let found = try #require(try connection.command("PUBSUB", "CHANNELS", pattern).children).compactMap(\.text)
      #expect(Set(found) == texts.filter { Self.matches(pattern, $0) }, "\(pattern)")
    }
  }

  private static func random(_ letters: [Character], _ count: Range<Int>, _ generator: inout SplitMix64) -> String {
    String((0..<Int.random(in: count, using: &generator)).map { _ in letters.randomElement(using: &generator) ?? "a" })
  }

  /// Its time grows with the keys that a pattern is held against, and not with the product of both lengths.
  @Test func givesUpWhatTakesTooLong() {
    let keys = Array(repeating: Array(repeating: UInt8(ascii: "a"), count: 2000), count: 5)
    func found(_ pattern: String) -> Int? {
      KeyFilter(Array(pattern.utf8), for: keys.map(\.count)).filter(keys) { $0[...] }?.count
    }
    #expect(found("*" + String(repeating: "a", count: 1000) + "b") == nil)
    #expect(found(String(repeating: "*a", count: 20) + "b*") != nil)
    #expect(found(String(repeating: "*", count: 3_000_000)) == nil)
    #expect(found("*a*b*") == 0)
    #expect(found("a*") == keys.count)
    #expect(found("*") == keys.count)
  }
}
