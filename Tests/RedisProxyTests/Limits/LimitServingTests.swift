import Core
import Redis
import RedisNamespaces
import SystemPackage
import TestServers
import Testing

/// What a proxy does about the limits of a namespace, which `redis ns limit` changes while it runs.
@Suite(.serialized, .enabled(if: NamespaceProxy.skipReason == nil, "redis-server is not installed"))
struct LimitServingTests {
  private func serving(_ workers: Int = 2, _ body: (NamespaceProxy) async throws -> Void) async throws {
    let proxy = try await NamespaceProxy(workers: workers)
    do {
      try await body(proxy)
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }

  /// Runs `redis ns limit` about a namespace.
  @discardableResult
  private func limit(_ namespace: NamespaceProxy.Namespace, _ options: String..., at proxy: NamespaceProxy) async throws
    -> String
  {
    let id = namespace.record.id
    let verb = ["redis", "ns", "limit", "--app", id.instance.app.name, "--owner", id.instance.owner.name]
    let words = verb + ["--name", id.name.name, "--base-dir", proxy.baseDirectory.string] + options
    let outcome = try await ChildProcess(try BuiltExecutable.path.string, words).check()
    return outcome.standardOutput + outcome.standardError
  }

  private func login(_ namespace: NamespaceProxy.Namespace, _ proxy: NamespaceProxy) throws -> RawConnection {
    let connection = try RawConnection(port: proxy.port)
    #expect(try connection.command("AUTH", namespace.password.reveal()).text == "OK")
    return connection
  }

  /// Tries until it is so, since a proxy hears of a change a moment after it was made.
  private func eventually(_ what: String, _ isSo: () throws -> Bool) async throws {
    for _ in 0..<400 {
      if try isSo() { return }
      try await Task.sleep(for: .milliseconds(25))
    }
    Issue.record("not within ten seconds: \(what)")
  }

  @Test func connectionsAreCountedOverAllWorkers() async throws {
    try await serving { proxy in
      let (wiki, notes) = (try await proxy.namespace("wiki"), try await proxy.namespace("notes"))
      let password = wiki.password.reveal()
      #expect(try await limit(wiki, "--connections", "5", "--dry-run", at: proxy).contains("Would change"))
      #expect(try await limit(wiki, "--connections", "5", at: proxy).contains("Changed."))
      #expect(try await limit(wiki, "--connections", "5", at: proxy).contains("Nothing to do"))
      var open: [RawConnection] = []
      // The kernel spreads connections over the workers.
      try await eventually("the limit is heard of") {
        open = []
        for _ in 0..<5 { open.append(try login(wiki, proxy)) }
        return try RawConnection(port: proxy.port).command("AUTH", password).isError
      }
      let refused = try RawConnection(port: proxy.port)
      #expect(try refused.command("AUTH", password).text == "ERR max number of clients reached")
      #expect(throws: Problem.self) { try refused.receive() }
      let hello = try RawConnection(port: proxy.port).command("HELLO", "3", "AUTH", "default", password)
      #expect(hello.text == "ERR max number of clients reached")
      // Neither those that are open nor other namespaces are concerned; logging in again takes no further place.
      #expect(try open[0].command("AUTH", password).text == "OK")
      #expect(try open[4].command("SET", "key", "value").text == "OK")
      _ = try login(notes, proxy)
      open.removeLast()
      try await eventually("a place is free") {
        let next = try RawConnection(port: proxy.port)
        guard try next.command("AUTH", password).text == "OK" else { return false }
        open.append(next)
        return true
      }
      try await limit(wiki, "--connections", "none", at: proxy)
      try await eventually("the limit is gone") {
        try RawConnection(port: proxy.port).command("AUTH", password).text == "OK"
      }
    }
  }

  @Test func commandsBeyondTheLimitWaitInOrder() async throws {
    try await serving { proxy in
      let (wiki, notes) = (try await proxy.namespace("wiki"), try await proxy.namespace("notes"))
      let (first, second, other) = (try login(wiki, proxy), try login(wiki, proxy), try login(notes, proxy))
      try await limit(wiki, "--commands", "1", at: proxy)
      try await eventuallyStatus(of: wiki, proxy) { $0.contains("commandsPerSecond: 1") }
      for number in 0..<1000 { try first.send(["SET", "key", "\(number)", "GET"]) }
      // Nobody else is held up.
      for _ in 0..<100 { #expect(try other.command("PING").text == "PONG") }
      // The connections of a namespace share its turns: this one gets its own although the first has more waiting.
      #expect(try second.command("GET", "key").text != nil)
      try await eventuallyStatus(of: wiki, proxy) { fields in
        fields.contains { $0.hasPrefix("commandsDelayed: ") && $0 != "commandsDelayed: 0" }
      }
      // At a command a second, these would take a quarter of an hour.
      try await limit(wiki, "--commands", "none", at: proxy)
      for number in 0..<1000 {
        let reply = try first.receive()
        #expect(number == 0 || reply.text == "\(number - 1)", "each tells what the one before it wrote")
      }
    }
  }

  /// Asks for the status until it is so.
  private func eventuallyStatus(
    of namespace: NamespaceProxy.Namespace, _ proxy: NamespaceProxy, _ isSo: ([String]) -> Bool
  ) async throws {
    for _ in 0..<100 {
      if isSo(try await status(of: namespace, proxy)) { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("the status is another one: \(try await status(of: namespace, proxy))")
  }

  /// What `redis proxy status` says about a namespace, such as `clients: 3`.
  private func status(of namespace: NamespaceProxy.Namespace, _ proxy: NamespaceProxy) async throws -> [String] {
    let words = ["redis", "proxy", "status", "--base-dir", proxy.baseDirectory.string, "--output", "yaml"]
    let text = try await ChildProcess(try BuiltExecutable.path.string, words).check().standardOutput
    let parts = text.split(separator: "- ").map { part in
      part.split(separator: "\n").map { String($0.drop { $0 == " " }) }
    }
    return try #require(parts.first { $0.contains("name: \(namespace.record.id.realName)") })
  }

  @Test func whoHoldsTooMuchMayOnlyReadAndDelete() async throws {
    try await serving { proxy in
      let (wiki, notes) = (try await proxy.namespace("wiki"), try await proxy.namespace("notes"))
      let (client, other) = (try login(wiki, proxy), try login(notes, proxy))
      let full = "OOM command not allowed when used memory > 'maxmemory'."
      let text = String(repeating: "x", count: 100_000)
      for number in 0..<20 { #expect(try client.command("SET", "key\(number)", text).text == "OK") }
      // A key among many small ones is found as well.
      for number in 0..<300 { try client.send(["SET", "small\(number)", "x"]) }
      for _ in 0..<300 { _ = try client.receive() }
      try await limit(wiki, "--memory", "1MB", at: proxy)
      try await eventually("it holds too much") { try client.command("APPEND", "key0", "y").text == full }
      #expect(try client.command("EVAL", "return redis.call('SET', KEYS[1], 'x')", "1", "key0").text == full)
      #expect(try client.command("MULTI").text == "OK")
      #expect(try client.command("LPUSH", "list", "x").text == full)
      #expect(try client.command("EXEC").text?.hasPrefix("EXECABORT") == true)
      #expect(try client.command("STRLEN", "key0").integer.map { $0 >= 100_000 } == true)
      #expect(try client.command("EVAL_RO", "return redis.call('STRLEN', KEYS[1])", "1", "key1").integer == 100_000)
      #expect(try other.command("SET", "key", text).text == "OK")
      try await eventuallyStatus(of: wiki, proxy) { $0.contains("keys: 320") }
      for number in 0..<20 { #expect(try client.command("DEL", "key\(number)").integer == 1) }
      try await eventually("it has room again") { try client.command("SET", "key", "x").text == "OK" }
    }
  }

  /// Lua that is busy for some time; a script cannot tell how long.
  private func busy(_ millions: Int) -> String {
    "local i = 0 while i < \(millions)000000 do i = i + 1 end return 'done'"
  }

  @Test func scriptsThatRunTooLongAreKilled() async throws {
    try await serving { proxy in
      let (wiki, notes) = (try await proxy.namespace("wiki"), try await proxy.namespace("notes"))
      let (client, other) = (try login(wiki, proxy), try login(notes, proxy))
      try await limit(wiki, "--script-time", "100ms", at: proxy)
      try await eventuallyStatus(of: wiki, proxy) { $0.contains("scriptMilliseconds: 100") }
      // The other's is as long as it likes, and the one that waits for it is not the one that runs.
      try other.send(["EVAL", busy(30), "0"])
      try client.send(["EVAL", "return 'short'", "0"])
      #expect(try other.receive().text == "done")
      #expect(try client.receive().text == "short")
      // In the test's time, this would never end.
      try client.send(["EVAL", busy(1_000_000), "0"])
      try other.send(["SET", "key", "value"])
      #expect(try other.receive().text == "OK", "nothing fails since somebody else's script runs")
      let error = try client.receive()
      #expect(error.isError && error.text?.contains("Script killed by user") == true, "\(error)")
      try await eventuallyStatus(of: wiki, proxy) { $0.contains("scriptsKilled: 1") }
      try await eventuallyStatus(of: notes, proxy) { $0.contains("scriptsKilled: 0") }
    }
  }

  @Test func aNamespaceKillsItsOwnScriptsOnly() async throws {
    try await serving(1) { proxy in
      let (wiki, notes) = (try await proxy.namespace("wiki"), try await proxy.namespace("notes"))
      let (client, killer) = (try login(wiki, proxy), try login(wiki, proxy))
      let (other, otherKiller) = (try login(notes, proxy), try login(notes, proxy))
      let admin = try await proxy.cluster.connection(to: 0)
      try await admin.command(["CONFIG", "SET", "busy-reply-threshold", "100"])
      #expect(try killer.command("SCRIPT", "KILL").text?.hasPrefix("NOTBUSY") == true)
      // In the test's time, this would never end.
      try other.send(["EVAL", busy(1_000_000), "0"])
      try client.send(["EVAL", "return 'short'", "0"])
      #expect(try killer.command("SCRIPT", "KILL").text?.hasPrefix("NOTBUSY") == true)
      // Its request may be read before the script's.
      try await eventually("it runs") { try otherKiller.command("SCRIPT", "KILL").text == "OK" }
      #expect(try other.receive().text?.contains("Script killed by user") == true)
      #expect(try client.receive().text == "short")
    }
  }

  @Test func aScriptThatHasWrittenRunsToItsEnd() async throws {
    try await serving(1) { proxy in
      let wiki = try await proxy.namespace("wiki")
      let client = try login(wiki, proxy)
      try await limit(wiki, "--script-time", "100ms", at: proxy)
      try await eventuallyStatus(of: wiki, proxy) { $0.contains("scriptMilliseconds: 100") }
      try client.send(["EVAL", "redis.call('SET', KEYS[1], 'x') " + busy(100), "1", "key"])
      try await eventuallyStatus(of: wiki, proxy) { $0.contains("hasRunawayScript: true") }
      #expect(try client.receive().text == "done")
      #expect(try client.command("GET", "key").text == "x")
      try await eventuallyStatus(of: wiki, proxy) { $0.contains("hasRunawayScript: false") }
    }
  }
}
