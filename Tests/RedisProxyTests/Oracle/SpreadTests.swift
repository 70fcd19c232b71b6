import Core
import TestServers
import Testing

/// A namespace whose keys are on several nodes.
@Suite(.enabled(if: NamespaceProxy.skipReason == nil, "redis-server is not installed"))
struct SpreadTests {
  @Test func scansNodeAfterNode() async throws {
    try await withSpread { connection in
      let names = (0..<700).map { "key:\($0)" }
      for start in stride(from: 0, to: names.count, by: 100) {
        try connection.expect("OK", ["MSET"] + names[start..<start + 100].flatMap { [$0, "v"] })
      }
      try connection.expect("1", ["RPUSH", "list", "a"])
      try connection.expect("OK", ["SET", "", "empty"])
      for count in ["1", "10", "1000000"] {
        let all = try Self.scan(connection, ["COUNT", count])
        #expect(Set(all.keys) == Set(names + ["list", ""]))
        // Nothing moved, so that nothing came twice but what a node itself tells twice.
        #expect(all.keys.count < names.count + 100)
        if count == "1" { #expect(all.pages > 3) }
      }
      #expect(Set(try Self.scan(connection, ["MATCH", "key:1?"]).keys) == Set((10..<20).map { "key:\($0)" }))
      #expect(Set(try Self.scan(connection, ["MATCH", "*", "TYPE", "list"]).keys) == ["list"])
      #expect(try Self.scan(connection, ["MATCH", "nothing*"]).keys.isEmpty)
      try connection.expect("OK", ["SELECT", "1"])
      #expect(try Self.scan(connection, []).keys.isEmpty)
    }
  }

  /// What is on several nodes is not one transaction's.
  @Test func refusesWhatNoTransactionCanDo() async throws {
    try await withSpread { connection in
      for words in [["KEYS", "*"], ["SCAN", "0"], ["DBSIZE"], ["RANDOMKEY"], ["FLUSHDB"], ["FLUSHALL"]] {
        try connection.expect("OK", ["MULTI"])
        let refusal = try connection.command(words)
        #expect(refusal.text?.hasPrefix("ERR \(words[0]) is not available inside a transaction") == true, "\(refusal)")
        #expect(try connection.command("EXEC").text?.hasPrefix("EXECABORT") == true)
      }
      for words in [["SUBSCRIBE", "c"], ["PUNSUBSCRIBE"], ["SSUBSCRIBE", "c"]] {
        try connection.expect("OK", ["MULTI"])
        #expect(try connection.command(words).text == "ERR \(words[0]) is not available inside a transaction")
        try connection.expect("OK", ["DISCARD"])
      }
      try connection.expect("OK", ["MULTI"])
      try connection.expect("QUEUED", ["SET", "a", "1"])
      #expect(try connection.command("SET", "b", "1").text?.hasPrefix("CROSSSLOT") == true)
      try connection.expect("OK", ["DISCARD"])
      try connection.expect("OK", ["MULTI"])
      try connection.expect("QUEUED", ["SELECT", "1"])
      try connection.expect("QUEUED", ["SET", "{t}a", "1"])
      try connection.expect("QUEUED", ["EVAL", "return redis.call('GET',KEYS[1])", "1", "{t}a"])
      try connection.expect("QUEUED", ["MOVE", "{t}a", "0"])
      #expect(try connection.command("EXEC").children?.map(\.text) == ["OK", "OK", "1", "1"])
    }
  }

  @Test func refusesScriptsOfExcessiveLength() async throws {
    try await withSpread { connection in
      let long = "return 1 --" + String(repeating: "x", count: 1_048_576)
      for words in [["EVAL", long, "0"], ["SCRIPT", "LOAD", long]] {
        #expect(try connection.command(words).text == "ERR a script in a namespace has at most 1048576 bytes")
      }
      try connection.expect("OK", ["MULTI"])
      try connection.expect("QUEUED", ["EVAL", long, "0"])
      #expect(try connection.command("EXEC").children?.first?.isError == true)
    }
  }

  private static func scan(
    _ connection: RawConnection, _ options: [String]
  ) throws(Problem) -> (keys: [String], pages: Int) {
    var keys: [String] = []
    var pages = 0
    var cursor = "0"
    repeat {
      let reply = try connection.command(["SCAN", cursor] + options)
      guard let parts = reply.children, parts.count == 2, let next = parts[0].text, pages < 10_000 else {
        throw Problem("bad-scan", .failed, "\(reply) after \(pages) pages")
      }
      keys += parts[1].children?.compactMap(\.text) ?? []
      pages += 1
      cursor = next
    } while cursor != "0"
    return (keys, pages)
  }

  private func withSpread(_ body: @escaping @Sendable (RawConnection) throws -> Void) async throws {
    let proxy = try await NamespaceProxy(masters: 3)
    do {
      let namespace = try await proxy.namespace("spread", spread: true)
      try await onThread {
        let connection = try RawConnection(port: proxy.port)
        try connection.expect("OK", ["AUTH", namespace.password.reveal()])
        try body(connection)
      }
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }
}

extension RawConnection {
  fileprivate func command(_ words: [String]) throws(Problem) -> RawReply {
    try send(words)
    return try receive()
  }

  fileprivate func expect(_ text: String, _ words: [String]) throws {
    let reply = try command(words)
    #expect(reply.text == text, "\(words)")
  }
}
