import Core
import Redis
import RedisNamespaces
import TestServers
import Testing

/// From one namespace against another, with everything that the server knows: nothing of it may be seen or changed.
/// `OLARES_ATTACK_CALLS` says how many calls there are of each command (`all` for all), and `OLARES_ATTACK_SEED` where the random
/// numbers start. With the default, the suite takes about two minutes.
@Suite(.enabled(if: NamespaceProxy.skipReason == nil, "redis-server is not installed"), .serialized)
struct AttackTests {
  private static let callsPerCommand = environment("OLARES_ATTACK_CALLS").map { Int($0) } ?? 30
  private static let seed =
    environment("OLARES_ATTACK_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 1...1_000_000)

  @Test(arguments: [false, true])
  func noCommandReachesAnotherNamespace(spread: Bool) async throws {
    try await withVictim(spread: spread) { proxy, victim, attacker in
      let words = try await commandWords(proxy)
      #expect(words.count > 300)
      let outcome = try await onThread { () throws(Problem) in
        var arguments = AttackArguments(victim: victim.record, random: SplitMix64(seed: Self.seed))
        var attack = try Attack(port: proxy.port, attacker: attacker)
        for command in words { try attack.run(arguments.calls(of: command, count: Self.callsPerCommand)) }
        return attack.outcome
      }
      print("attack: \(outcome.count) calls, \(outcome.errorCount) refused, seed \(Self.seed)")
      #expect(outcome.leaks.isEmpty, "\(outcome.leaks.prefix(10).joined(separator: "\n"))")
      #expect(outcome.lost.isEmpty, "the connection was lost after \(outcome.lost.prefix(10).joined(separator: "\n"))")
      #expect(outcome.count > 3000)
    }
  }

  @Test func noScriptReachesAnotherNamespace() async throws {
    try await withVictim(spread: false) { proxy, victim, attacker in
      let scripts = AttackScripts.all(against: victim.record)
      let outcome = try await onThread { () throws(Problem) in
        var attack = try Attack(port: proxy.port, attacker: attacker)
        for script in scripts {
          for keys in [[], [victim.record.prefix + "known"]] {
            let calls = ["EVAL", "EVAL_RO"].map { Call([$0, script, "\(keys.count)"] + keys) }
            try attack.run(calls)
            try attack.run(inTransactions: calls)
          }
        }
        return attack.outcome
      }
      print("attack: \(outcome.count) scripts, \(outcome.errorCount) refused")
      #expect(outcome.leaks.isEmpty, "\(outcome.leaks.prefix(10).joined(separator: "\n"))")
      #expect(outcome.lost.isEmpty, "the connection was lost after \(outcome.lost.prefix(10).joined(separator: "\n"))")
      // What scripts share was not poisoned.
      let reply = try await onThread { () throws(Problem) in
        let connection = try RawConnection(port: proxy.port)
        _ = try connection.command("AUTH", victim.password.reveal())
        return try connection.command(
          "EVAL",
          "return {redis.call('GET',KEYS[1]),string.upper('a'),string.len('abc'),table.concat({'a','b'}),cjson.encode({{1}}),('x'):rep(2)}",
          "1", "known")
      }
      #expect(reply.children?.map(\.text) == [Secrets.mark, "A", "3", "ab", "[[1]]", "xx"])
    }
  }

  /// Should a node not let the proxy in as the namespace's user, the script would be the administrator's.
  @Test func noScriptOfATransactionRunsAsTheAdministrator() async throws {
    try await withVictim(spread: false) { proxy, victim, attacker in
      let node = try await proxy.cluster.connection(to: 0)
      let name = attacker.record.id.realName
      let rules = try await node.command(["ACL", "GETUSER", name])
      let hashes = rules.array?.compactMap(\.texts).first { $0.first?.utf8.count == 64 } ?? []
      #expect(hashes.count == 2)
      _ = try await node.command(["ACL", "SETUSER", name, "resetpass"])
      let (reply, next) = try await onThread { () throws(Problem) in
        let connection = try Attack.connection(proxy.port, attacker, version: 2)
        let calls = [
          Call("MULTI"), Call("SET", "a", "1"), Call("EVAL", "return _G.redis.call('KEYS','*')", "0"), Call("GET", "a"),
          Call("EXEC"),
        ]
        try connection.send(calls.flatMap(\.encoded))
        for _ in 1..<calls.count { _ = try connection.receive() }
        return (try connection.receive(), try connection.command("GET", "a"))
      }
      #expect(reply.children?.count == 3)
      #expect(reply.children?[1].isError == true, "\(reply)")
      #expect(!reply.contains(Array(victim.record.prefix.utf8)), "\(reply)")
      #expect(reply.children?[2].text == "1")
      #expect(next.text == "1")
      _ = try await node.command(["ACL", "SETUSER", name] + hashes.map { "#\($0)" })
    }
  }

  @Test(arguments: [2, 3])
  func noMessageReachesAnotherNamespace(version: Int) async throws {
    try await withVictim(spread: false) { proxy, victim, attacker in
      let node = try await proxy.cluster.connection(to: 0)
      _ = try await node.command(["CONFIG", "SET", "notify-keyspace-events", "KEA"])
      let (received, own) = try await onThread { () throws(Problem) in
        let listener = try Attack.connection(proxy.port, attacker, version: version)
        let channels = [
          "\(victim.record.prefix)c", "c", "__keyspace@0__:\(victim.record.prefix)known", "__keyevent@0__:set",
        ]
        let patterns = [
          "*", "\(victim.record.prefix)*", "?*", "[^x]*", "__key*__:*", "\\*", "\(victim.record.id.realName)*",
        ]
        for channel in channels { _ = try listener.command("SUBSCRIBE", channel) }
        for pattern in patterns { _ = try listener.command("PSUBSCRIBE", pattern) }
        for channel in channels.prefix(2) { _ = try listener.command("SSUBSCRIBE", channel) }
        let speaker = try Attack.connection(proxy.port, victim, version: 2)
        for command in ["PUBLISH", "SPUBLISH"] { _ = try speaker.command(command, "c", Secrets.mark) }
        _ = try speaker.command("SET", "known", Secrets.mark)
        _ = try speaker.command("SET", Secrets.mark, "v")
        // The attacker's own message, sent last, shows that all before it would have come.
        let self_ = try Attack.connection(proxy.port, attacker, version: 2)
        _ = try self_.command("PUBLISH", "c", "last")
        var received: [RawReply] = []
        while listener.isReadable(within: 1500) { received.append(try listener.receive()) }
        return (received, received.filter { $0.contains(Array("last".utf8)) }.count)
      }
      #expect(own > 0)
      #expect(received.allSatisfy { !$0.contains(Array(Secrets.mark.utf8)) }, "\(received)")
      #expect(received.allSatisfy { !$0.contains(Array(victim.record.prefix.utf8)) }, "\(received)")
    }
  }

  /// Runs `body`, and then compares all that is upstream and not the attacker's with what was there before.
  private func withVictim(
    spread: Bool, _ body: (NamespaceProxy, NamespaceProxy.Namespace, NamespaceProxy.Namespace) async throws -> Void
  ) async throws {
    let proxy = try await NamespaceProxy()
    do {
      let victim = try await proxy.namespace("victim", spread: spread)
      let attacker = try await proxy.namespace("attacker", spread: spread)
      let node = try await proxy.cluster.connection(to: 0)
      try await Secrets(record: victim.record).plant(node)
      let before = try await Secrets.state(node, except: attacker.record)
      try await body(proxy, victim, attacker)
      _ = try await node.command(["CONFIG", "SET", "notify-keyspace-events", ""])
      let after = try await Secrets.state(node, except: attacker.record)
      for key in Set(before.keys).union(after.keys) where key != victim.record.prefix + Secrets.mark {
        #expect(before[key] == after[key], "\(key) was changed")
      }
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }

  /// Of every command and subcommand of the server.
  private func commandWords(_ proxy: NamespaceProxy) async throws -> [[String]] {
    let node = try await proxy.cluster.connection(to: 0)
    let names = try await node.command(["COMMAND", "LIST"]).texts ?? []
    return names.sorted().map { $0.split(separator: "|").map { $0.uppercased() } }
  }
}
