import Core
import RedisNamespaces
import SystemPackage
import TestServers
import Testing

/// The executable as a proxy over a real cluster: two apps that know nothing of each other or of their prefixes.
@Suite(.enabled(if: NamespaceProxy.skipReason == nil, "redis-server is not installed"))
struct ProxyServingTests {
  @Test func eachPasswordIsARedisOfItsOwn() async throws {
    let proxy = try await NamespaceProxy()
    do {
      let (wiki, notes) = (try await proxy.namespace("wiki"), try await proxy.namespace("notes"))
      let (first, second) = (try RawConnection(port: proxy.port), try RawConnection(port: proxy.port))
      var replies: [String] = []
      func note(_ connection: RawConnection, _ words: String...) throws {
        try connection.send(words)
        replies.append(try connection.receive().description)
      }
      try note(first, "GET", "key")
      try note(first, "AUTH", "guessed")
      try note(first, "AUTH", wiki.password.reveal())
      try note(second, "AUTH", notes.password.reveal())
      try note(first, "SET", "key", "mine")
      try note(second, "GET", "key")
      try note(second, "KEYS", "*")
      try note(first, "KEYS", "*")
      try note(first, "EVAL", "return redis.call('GET', 'k' .. ARGV[1])", "0", "ey")
      try note(first, "CONFIG", "GET", "*")
      try note(first, "FLUSHALL")
      try note(first, "DBSIZE")
      #expect(replies.count == 12)
      #expect(replies[0].contains("NOAUTH") && replies[1].contains("WRONGPASS"), "\(replies)")
      #expect(replies[5] == "$-1", "\(replies)")
      #expect(replies[6] == "*[]" && replies[7] == "*[$\"key\"]", "\(replies)")
      #expect(replies[8] == "$\"mine\"", "\(replies)")
      #expect(replies[9].contains("not available in a namespace"), "\(replies)")
      #expect(replies[11] == ":0", "\(replies)")
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }

  @Test func aSpreadNamespaceHasItsKeysOnAllNodes() async throws {
    let proxy = try await NamespaceProxy(masters: 3)
    do {
      let namespace = try await proxy.namespace("wide", spread: true)
      let connection = try RawConnection(port: proxy.port)
      func reply(_ words: String...) throws -> RawReply {
        try connection.send(words)
        return try connection.receive()
      }
      #expect(try reply("AUTH", namespace.password.reveal()).text == "OK")
      #expect(try reply("MSET", "a", "1", "b", "2", "c", "3").text == "OK")
      let values = try #require(try reply("MGET", "c", "none", "a").children)
      #expect(values.count == 3 && values[0].text == "3" && values[2].text == "1", "\(values)")
      #expect(try reply("MSET", "a", "1", "b", "2", "c").isError)
      #expect(try reply("DBSIZE").integer == 3)
      #expect(try reply("DEL", "a", "b", "none").integer == 2)
      #expect(try reply("RENAME", "c", "d").isError)
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }

  @Test func tellsItsStatusAndSharesItsPortWithNobody() async throws {
    let proxy = try await NamespaceProxy()
    do {
      let namespace = try await proxy.namespace("wiki")
      let client = try RawConnection(port: proxy.port)
      #expect(try client.command("AUTH", namespace.password.reveal()).text == "OK")
      let base = ["--base-dir", proxy.baseDirectory.string]
      let status = try await ChildProcess(try BuiltExecutable.path.string, ["redis", "proxy", "status"] + base).check()
      #expect(status.standardOutput.contains(namespace.record.id.realName))
      #expect(status.standardOutput.contains("all slots served"))
      let second = try await ChildProcess(
        try BuiltExecutable.path.string, ["redis", "proxy", "run", "--listen", "127.0.0.1:\(proxy.port)"] + base
      ).run()
      #expect(second.standardError.contains("is in use"), "\(second.standardError)")
      try await proxy.killProxy()
      let none = try await ChildProcess(try BuiltExecutable.path.string, ["redis", "proxy", "status"] + base).run()
      #expect(none.standardError.contains("no proxy answers"), "\(none.standardError)")
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }
}
