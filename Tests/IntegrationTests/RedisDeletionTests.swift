import Apps
import Configuration
import Core
import Foundation
import Glibc
import Redis
import RedisNamespaces
import Synchronization
import SystemPackage
import TestServers
import Testing

@Suite(.enabled(if: RedisClusterServer.skipReason == nil, "redis-server is not installed"))
struct RedisDeletionTests {
  /// What the server was asked to do is what keeps it from others: nothing but short lists and single keys.
  @Test func purgingAsksForLittleAtATime() async throws {
    let server = try await RedisClusterServer()
    let service = RedisNamespaceService(cluster: server.cluster())
    let own = try #require(try await service.create(namespace("gentle", "alice"), password: .random()).record)
    let spread = try #require(
      try await service.create(namespace("gentle", "bob"), password: .random(), spread: true).record)
    let admin = try await server.connection(to: 0)
    for prefix in [own.prefix, spread.prefix] {
      _ = try await admin.pipeline((0..<2500).map { ["SET", "\(prefix)\($0)", "v"] })
    }
    _ = try await admin.pipeline([
      ["CONFIG", "RESETSTAT"], ["CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "100000"],
      ["SLOWLOG", "RESET"],
    ])
    _ = try await service.purge(own.id)
    _ = try await service.purge(spread.id)
    let commands = try #require(try await admin.command(["SLOWLOG", "GET", "-1"]).array)
      .compactMap { $0.array.flatMap { $0.count > 3 ? $0[3].texts : nil } }
    let named = { (name: String) in commands.filter { $0.first?.lowercased() == name } }
    #expect(named("unlink").count == 5000)
    #expect(named("unlink").allSatisfy { $0.count == 2 })
    #expect(named("scan").compactMap { $0.last.flatMap { Int($0) } }.allSatisfy { $0 <= 500 })
    #expect(!named("scan").isEmpty)
    let lists = named("cluster").filter { $0.count == 4 && $0[1] == "GETKEYSINSLOT" }
    #expect(!lists.isEmpty && lists.allSatisfy { (Int($0[3]) ?? .max) <= 500 })
    let calls = try await server.commandCalls(on: 0)
    #expect(Set(calls.keys).isDisjoint(with: ["keys", "del", "flushall", "flushdb", "flushslots", "function|flush"]))
    #expect(try await admin.command(["DBSIZE"]).integer == 1)
    await server.stop()
  }

  @Test(arguments: [false, true])
  func aPurgeThatWasCutOffIsFinishedByTheNext(spread: Bool) async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let id = try namespace(spread ? "cutspread" : "cutslot", "alice")
    let password = Secret.random()
    let record = try #require(try await service.create(id, password: password, spread: spread).record)
    let admin = try await server.connection(to: 0)
    _ = try await admin.pipeline((0..<2500).map { ["SET", "\(record.prefix)\($0)", "v"] })
    let purge = Task {
      try await service.purge(id, progress: { _ in withUnsafeCurrentTask { $0?.cancel() } })
    }
    await #expect(throws: (any Error).self) { try await purge.value }
    let left = try #require(try await service.find(id))
    #expect(left.password == nil)
    let keys = try #require(try await service.statistics(of: [left]).namespaces.first?.content?.keys)
    #expect(keys > 0 && keys < 2500)
    await expectProblem("redis-wrong-password") { try await server.connection(to: 0, as: login(record, password)) }
    #expect(try await service.purge(id).record == nil)
    #expect(try await service.find(id) == nil)
    #expect(try await service.statistics(of: [left]).namespaces.first?.content?.keys == 0)
  }

  @Test func aKilledPurgeIsFinishedByTheNextRun() async throws {
    let server = try await RedisClusterServer()
    try await Scratch.with { scratch in
      let layer = try dataLayer(server, in: scratch)
      let id = try namespace("killed", "alice")
      let service = try await layer.namespaces()
      let tests = FilePath(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      let program = tests.removingLastComponent().appending("olares-cli").string
      let arguments = [
        "redis", "ns", "delete", "--app", "killed", "--owner", "alice", "--name", "db0", "--purge", "--yes",
        "--base-dir", layer.baseDirectory.string,
      ]
      let admin = try await server.connection(to: 0)
      let count = { try await admin.command(["DBSIZE"]).integer ?? 0 }
      let total = 100_000
      var left = 0
      // On a loaded machine it may be over before anybody sees that it has begun.
      for _ in 0..<5 where left == 0 {
        let record = try #require(try await service.create(id, password: .random()).record)
        var kept = AppSecrets()
        kept.redis[id.name.name] = AppSecrets.RedisAccount(password: .random())
        try layer.secrets.save(kept, of: id.instance)
        for start in stride(from: 0, to: total, by: 1000) {
          try await admin.command(["MSET"] + (start..<start + 1000).flatMap { ["\(record.prefix)\($0)", "v"] })
        }
        let full = try await count()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        while process.isRunning, try await count() == full { try await Task.sleep(for: .milliseconds(2)) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        // The registry is a key, too, and stays.
        left = try await count() - (full - total)
      }
      try #require(left > 0 && left < total)
      #expect(try await service.get(id).password == nil)
      #expect(try layer.secrets.secrets(of: id.instance).isEmpty)

      try await ChildProcess(program, arguments).check()
      #expect(try await count() <= 1)
      #expect(try await service.find(id) == nil)
      #expect(try await ChildProcess(program, arguments).check().standardError.contains("Nothing to do"))
    }
    await server.stop()
  }

  @Test(arguments: [false, true])
  func anAppThatGoesOnWritingLeavesNothingBehind(spread: Bool) async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let id = try namespace(spread ? "busyspread" : "busyslot", "alice")
    let password = Secret.random()
    let record = try #require(try await service.create(id, password: password, spread: spread).record)
    let written = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        let client = try await server.connection(to: 0, as: login(record, password))
        group.addTask {
          var round = 0
          // Until it is thrown out.
          while true {
            let keys = (0..<50).map { "\(record.prefix)\(writer).\(round).\($0)" }
            guard let replies = try? await client.pipeline(keys.map { ["SET", $0, "v"] }) else { return }
            written.add(replies.count)
            round += 1
          }
        }
      }
      while written.value < 2000 { try await Task.sleep(for: .milliseconds(10)) }
      #expect(try await service.purge(id).record == nil)
      try await group.waitForAll()
    }
    #expect(try await service.statistics(of: [record]).namespaces.first?.content?.keys == 0)
  }

  @Test func whatADeadNodeKeepsFromBeingDoneIsSaidAndFinishedLater() async throws {
    let server = try await RedisClusterServer(masters: 3)
    try await Scratch.with { scratch in
      let layer = try dataLayer(server, in: scratch)
      let (there, _, kept) = try await namespaceBesideTheRegistry(server, layer)
      let (id, cluster) = (there.record.id, server.cluster())
      let key = "\(there.record.prefix)key"
      _ = try await cluster.command(["SET", key, "v"], key: key)
      let lost = try #require(server.nodes.firstIndex { $0.endpoint == there.node })
      try await server.end(lost, with: SIGKILL)

      // All or nothing: keys that cannot be removed now keep everything as it is.
      await #expect(throws: Problem.self) { try await layer.deleteNamespace(id, purging: true) }
      #expect(try await layer.namespaces().get(id).password != nil)
      #expect(try layer.secrets.secrets(of: id.instance) == kept)

      let deleted = try await layer.deleteNamespace(id, purging: false)
      #expect(deleted.record?.password == nil && deleted.hasChanged)
      #expect(deleted.warnings.count == 2)
      #expect(try layer.secrets.secrets(of: id.instance).isEmpty)

      try await server.start(lost)
      try await server.waitUntilServing(lost)
      let again = try await layer.deleteNamespace(id, purging: false)
      #expect(again.record != nil && again.warnings.isEmpty)
      #expect(try await layer.deleteNamespace(id, purging: true).record == nil)
      #expect(try await cluster.command(["EXISTS", key], key: key).integer == 0)
    }
    await server.stop()
  }

  @Test func withoutTheRegistryNothingIsDeleted() async throws {
    let server = try await RedisClusterServer(masters: 3)
    try await Scratch.with { scratch in
      let layer = try dataLayer(server, in: scratch)
      let (there, registry, kept) = try await namespaceBesideTheRegistry(server, layer)
      let id = there.record.id
      let lost = try #require(server.nodes.firstIndex { $0.endpoint == registry })
      try await server.end(lost, with: SIGKILL)
      for purging in [false, true] {
        let problem = await #expect(throws: Problem.self) { try await layer.deleteNamespace(id, purging: purging) }
        #expect(problem?.hints.contains { $0.hasPrefix("nothing was changed") } == true)
      }
      #expect(try layer.secrets.secrets(of: id.instance) == kept)
      try await server.start(lost)
      try await server.waitUntilServing(lost)
      #expect(try await layer.namespaces().get(id).password != nil)
      #expect(try await layer.deleteNamespace(id, purging: false).record == nil)
      #expect(try layer.secrets.secrets(of: id.instance).isEmpty)
    }
    await server.stop()
  }

  /// A prepared machine whose only server is `server`.
  /// A namespace, with its password on record, that is on another node than the registry is.
  private func namespaceBesideTheRegistry(
    _ server: RedisClusterServer, _ layer: DataLayer
  ) async throws -> (there: RedisNamespaceService.Placed, registry: RedisEndpoint, kept: AppSecrets) {
    let cluster = server.cluster()
    let registry = try #require(try await cluster.topology().master(of: NamespaceRecord.registrySlot)?.endpoint)
    let there = try await RedisNamespaceService(cluster: cluster).createOnAndBeside(registry).beside
    let id = there.record.id
    var kept = AppSecrets()
    kept.redis[id.name.name] = AppSecrets.RedisAccount(password: .random())
    try layer.secrets.save(kept, of: id.instance)
    return (there, registry, kept)
  }

  private func dataLayer(_ server: RedisClusterServer, in scratch: Scratch) throws -> DataLayer {
    let base = scratch.path.appending("base")
    try Files.createDirectory(base)
    try Installation(
      prepared: .now, root: scratch.path.appending("root"), fileSystem: .local,
      postgres: .init(host: "127.0.0.1", port: 1, admin: "postgres", managed: true),
      redis: .init(
        host: "127.0.0.1", ports: server.seeds.map(\.port), admin: server.credentials.username ?? "", managed: true)
    ).save(to: base)
    var secrets = SecretStore.ServerSecrets()
    secrets.redisAdmin = StoredSecret(server.credentials.password)
    try SecretStore(baseDirectory: base).save(secrets)
    return try DataLayer(baseDirectory: base)
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func add(_ more: Int) { count.withLock { $0 += more } }
}
