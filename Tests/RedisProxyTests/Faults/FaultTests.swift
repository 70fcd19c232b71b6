import Core
import Glibc
import Redis
import RedisNamespaces
import SystemPackage
import TestServers
import Testing

/// What goes wrong in a cluster while fifty clients work through the proxy: no wrong reply, and no acknowledged write lost.
@Suite(.enabled(if: NamespaceProxy.skipReason == nil, "redis-server is not installed"), .serialized)
struct FaultTests {
  @Test func aMasterIsKilled() async throws {
    try await underLoad(masters: 3, replicas: 1, confirmedBy: 1) { proxy, namespace, load in
      let node = try await Self.node(proxy, of: namespace, isReplica: false)
      load.noteFault()
      try await proxy.cluster.end(node, with: SIGKILL)
    }
  }

  @Test func aReplicaIsKilled() async throws {
    // A Redis Cluster has at least three masters as soon as it has replicas.
    try await underLoad(masters: 3, replicas: 1, confirmedBy: 0) { proxy, namespace, load in
      let node = try await Self.node(proxy, of: namespace, isReplica: true)
      load.noteFault()
      try await proxy.cluster.end(node, with: SIGKILL)
    }
  }

  @Test func aMasterStandsStill() async throws {
    try await underLoad(masters: 3, replicas: 1, confirmedBy: 1) { proxy, namespace, load in
      let node = try await Self.node(proxy, of: namespace, isReplica: false)
      let identifier = try await Self.processIdentifier(proxy, node)
      load.noteFault()
      kill(identifier, SIGSTOP)
      defer { kill(identifier, SIGCONT) }
      try await Task.sleep(for: .seconds(10))
    }
  }

  @Test func aSlotMoves() async throws {
    try await underLoad(masters: 3, replicas: 0, confirmedBy: 0) { proxy, namespace, load in
      load.noteFault()
      for _ in 0..<4 {
        let source = try await Self.node(proxy, of: namespace, isReplica: false)
        try await Self.move(try #require(namespace.record.placement.slot), from: source, to: (source + 1) % 3, proxy)
      }
    }
  }

  @Test func aSubscriberFollowsItsSlot() async throws {
    let proxy = try await NamespaceProxy(masters: 3)
    do {
      let namespace = try await proxy.namespace("load")
      let source = try await Self.node(proxy, of: namespace, isReplica: false)
      let password = namespace.password.reveal()
      let subscriber = try RawConnection(port: proxy.port)
      _ = try subscriber.command("AUTH", password)
      _ = try subscriber.command("SUBSCRIBE", "news")
      try await Self.move(try #require(namespace.record.placement.slot), from: source, to: (source + 1) % 3, proxy)
      // It learns that it may have missed something, and comes back.
      #expect(throws: Problem.self) { try subscriber.receive(within: 30_000) }
      let (again, speaker) = (try RawConnection(port: proxy.port), try RawConnection(port: proxy.port))
      _ = try again.command("AUTH", password)
      _ = try again.command("SUBSCRIBE", "news")
      _ = try speaker.command("AUTH", password)
      #expect(try speaker.command("PUBLISH", "news", "hello").integer == 1)
      #expect(try again.receive().children?.map(\.text) == ["message", "news", "hello"])
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }

  @Test func theProxyIsKilled() async throws {
    try await underLoad(masters: 1, replicas: 0, confirmedBy: 0) { proxy, _, load in
      load.noteFault()
      try await proxy.killProxy()
      try await Task.sleep(for: .milliseconds(500))
      try await proxy.start()
    }
  }

  @Test func aSubscriberNeverReads() async throws {
    try await underLoad(masters: 1, replicas: 0, confirmedBy: 0) { proxy, namespace, load in
      load.noteFault()
      let peak = try await onThread { () throws(Problem) in
        let password = namespace.password.reveal()
        let subscriber = try RawConnection(port: proxy.port)
        _ = try subscriber.command("AUTH", password)
        _ = try subscriber.command("SUBSCRIBE", "flood")
        let speaker = try RawConnection(port: proxy.port)
        _ = try speaker.command("AUTH", password)
        let message = String(repeating: "x", count: 1 << 16)
        var peak = 0
        // Three times what a subscriber may let wait.
        for _ in 0..<1600 {
          _ = try speaker.command("PUBLISH", "flood", message)
          peak = max(peak, Self.memory(of: proxy, "VmRSS"))
        }
        let receivers = try speaker.command("PUBLISH", "flood", "x")
        guard receivers.integer == 0 else {
          throw Problem("still-there", .failed, "the subscriber still counts: \(receivers)")
        }
        return peak
      }
      print("a subscriber that never reads: at most \(peak >> 20) MiB resident")
      #expect(peak < 256 << 20)
    }
  }

  // MARK: -

  private func underLoad(
    masters: Int, replicas: Int, confirmedBy: Int, test: String = #function,
    _ fail: @Sendable (NamespaceProxy, NamespaceProxy.Namespace, Load) async throws -> Void
  ) async throws {
    let proxy = try await NamespaceProxy(masters: masters, replicas: replicas)
    do {
      let namespace = try await proxy.namespace("load")
      let load = Load(clients: 50, port: proxy.port, password: namespace.password, replicas: confirmedBy)
      try await Task.sleep(for: .seconds(2))
      var failure: (any Error)?
      do {
        try await fail(proxy, namespace, load)
        try await Task.sleep(for: .seconds(8))
      } catch {
        // The load is ended first: its threads use the proxy.
        failure = error
      }
      let peak = Self.memory(of: proxy, "VmHWM")
      let report = try await load.finish()
      print("\(test): \(report); at most \(peak >> 20) MiB resident")
      if let failure { throw failure }
      #expect(report.wrong.isEmpty, "\(report.wrong.prefix(10).joined(separator: "\n"))")
      #expect(report.lost.isEmpty, "\(report.lost.prefix(10).joined(separator: "\n"))")
      #expect(report.operations > 1000)
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }

  /// The index of the node that serves a namespace's slot, or of its first replica.
  private static func node(
    _ proxy: NamespaceProxy, of namespace: NamespaceProxy.Namespace, isReplica: Bool
  ) async throws -> Int {
    let slot = try #require(namespace.record.placement.slot).number
    let place = isReplica ? 3 : 2
    // Replicas show up a moment after the cluster serves.
    for _ in 0..<100 {
      let ranges = try await proxy.cluster.connection(to: 0).command(["CLUSTER", "SLOTS"]).array ?? []
      for range in ranges.compactMap(\.array) {
        guard let first = range[0].integer, let last = range[1].integer, (first...last).contains(slot),
          range.count > place, let port = range[place].array?[1].integer,
          let found = proxy.cluster.nodes.firstIndex(where: { Int($0.endpoint.port) == port })
        else { continue }
        return found
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw Problem("no-node", .failed, "no node serves \(slot)")
  }

  private static func processIdentifier(_ proxy: NamespaceProxy, _ node: Int) async throws -> Int32 {
    let information = try await proxy.cluster.connection(to: node).command(["INFO", "server"]).text ?? ""
    return Int32(try #require(ServerInformation(information).integer("process_id")))
  }

  /// As redis-cli does it (redis.io, "CLUSTER SETSLOT"), a few keys at a time.
  private static func move(_ slot: HashSlot, from source: Int, to target: Int, _ proxy: NamespaceProxy) async throws {
    let (old, new) = (try await proxy.cluster.connection(to: source), try await proxy.cluster.connection(to: target))
    let number = "\(slot.number)"
    let oldID = try #require(try await old.command(["CLUSTER", "MYID"]).text)
    let newID = try #require(try await new.command(["CLUSTER", "MYID"]).text)
    _ = try await new.command(["CLUSTER", "SETSLOT", number, "IMPORTING", oldID])
    _ = try await old.command(["CLUSTER", "SETSLOT", number, "MIGRATING", newID])
    let credentials = proxy.cluster.credentials
    let port = "\(proxy.cluster.nodes[target].endpoint.port)"
    let start = ["MIGRATE", "127.0.0.1", port, "", "0", "5000", "AUTH2", credentials.username ?? ""]
    while true {
      let keys = try await old.command(["CLUSTER", "GETKEYSINSLOT", number, "7"]).texts ?? []
      if keys.isEmpty { break }
      _ = try await old.command(start + [credentials.password.reveal(), "KEYS"] + keys)
      // Clients meet the slot in between.
      try await Task.sleep(for: .milliseconds(20))
    }
    // Every node is told, the new owner first: what they tell each other would come later than the next move.
    for index in [target, source] + proxy.cluster.nodes.indices.filter({ $0 != target && $0 != source }) {
      _ = try await proxy.cluster.connection(to: index).command(["CLUSTER", "SETSLOT", number, "NODE", newID])
    }
  }

  /// Of the proxy, in bytes: `VmRSS` now, `VmHWM` at most so far (proc(5)).
  private static func memory(of proxy: NamespaceProxy, _ name: String) -> Int {
    guard let identifier = try? proxy.processIdentifier,
      let status = try? Files.readTextIfPresent(FilePath("/proc/\(identifier)/status")),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("\(name):") }),
      let kibibytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({ Int($0) })
    else { return 0 }
    return kibibytes << 10
  }
}
