import Core
import Glibc
import Redis
import RedisNamespaces
import SystemPackage
import TestServers
import Testing

/// Clusters that others set up and run.
@Suite(.enabled(if: RedisClusterServer.skipReason == nil, "redis-server is not installed"))
struct RedisAttachedTests {
  @Test func aFullAccountOnOurOwnKindOfServerLacksNothing() async throws {
    let server = try await RedisClusterServer.shared()
    let capabilities = try await server.cluster().capabilities()
    #expect(capabilities.canCreateNamespaces)
    #expect(capabilities.limitations == [])
    #expect(capabilities.version.hasPrefix("7."))
    #expect(capabilities.masters == 1 && capabilities.replicas == 0)
    // Asking has changed nothing, and left the connection as it was.
    let admin = try await server.connection(to: 0)
    #expect(try await admin.command(["ACL", "USERS"]).texts?.contains("probe-olares_probe") == false)
  }

  @Test(arguments: [
    (["-acl"], "may not manage users", false), (["-acl|setuser"], "may not manage users", false),
    (["-eval"], "may not read and write the registry", false), (["-scan"], "may not list or remove all keys", true),
    (["-client|kill"], "may not CLIENT KILL", true), (["-config"], "may not CONFIG GET", true),
    (["-memory"], "may not MEMORY USAGE", true), (["-acl|save"], "may not ACL SAVE", true),
    (["resetkeys", "~olares:namespaces"], "may not list or remove all keys", true),
    (["resetkeys", "~other:*"], "may not read and write the registry", false), (["-multi"], "may not use trans", false),
  ])
  func whatAnAccountMayNotIsSaid(rules: [String], limitation: String, isEnough: Bool) async throws {
    let server = try await RedisClusterServer.shared()
    let admin = try await server.connection(to: 0)
    let (name, password) = ("lesser\(UInt32.random(in: 0 ... .max))", Secret.random())
    try await admin.command(
      ["ACL", "SETUSER", name, "on", ">\(password.reveal())", "~*", "&*", "+@all"] + rules)
    let cluster = RedisCluster(
      seeds: server.seeds, credentials: RedisCredentials(username: name, password: password))
    let capabilities = try await cluster.capabilities()
    #expect(capabilities.canCreateNamespaces == isEnough)
    #expect(capabilities.limitations.contains { $0.contains(limitation) }, "\(capabilities.limitations)")
    // The connection is not left inside a transaction.
    #expect(try await cluster.connection(to: server.seeds[0]).command(["PING"]).text == "PONG")
    try await admin.command(["ACL", "DELUSER", name])
  }

  @Test func anAccountThatMayNotSaveUsersStillCreatesThem() async throws {
    let server = try await RedisClusterServer()
    let admin = try await server.connection(to: 0)
    let password = Secret.random()
    try await admin.command([
      "ACL", "SETUSER", "lesser", "on", ">\(password.reveal())", "~*", "&*", "+@all", "-acl|save",
    ])
    let service = RedisNamespaceService(
      cluster: RedisCluster(
        seeds: server.seeds, credentials: RedisCredentials(username: "lesser", password: password)))
    let own = Secret.random()
    let change = try await service.create(namespace("unsaved", "alice"), password: own)
    #expect(change.warnings.contains { $0.contains("forgets its users") })
    _ = try await server.connection(to: 0, as: login(try #require(change.record), own))
    await server.stop()
  }

  /// A server as Debian starts it, but for the cluster: nothing of ours in its configuration.
  @Test func aServerWithoutUserFileGetsItsUsersBack() async throws {
    try await Scratch.with { scratch in
      let port = Ports.freeForRedisCluster()
      let endpoint = RedisEndpoint(host: "127.0.0.1", port: port)
      let password = Secret.random()
      let start = {
        try ServerProcess(
          [
            "/usr/bin/redis-server", "--port", "\(port)", "--cluster-enabled", "yes", "--requirepass",
            password.reveal(), "--dir", scratch.path.string, "--appendonly", "yes", "--save", "",
          ], log: scratch.path.appending("log"))
      }
      var process = try start()
      defer { process.stop() }
      let credentials = RedisCredentials(username: nil, password: password)
      let cluster = RedisCluster(seeds: [endpoint], credentials: credentials)
      try await waitUntilSettled { _ = try await cluster.topology() }

      await expectProblem("redis-cluster-down") { try await cluster.capabilities() }
      await expectProblem("redis-not-authenticated") {
        try await RedisCluster(seeds: [endpoint], credentials: nil).capabilities()
      }
      await expectProblem("redis-wrong-password") {
        try await RedisCluster(seeds: [endpoint], credentials: .init(username: nil, password: .random())).capabilities()
      }
      try await cluster.connection(to: endpoint).command(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])
      let capabilities = try await cluster.capabilities()
      #expect(capabilities.canCreateNamespaces)
      #expect(capabilities.limitations.count == 1)
      #expect(capabilities.limitations.first?.contains("no aclfile") == true)

      let service = RedisNamespaceService(cluster: cluster)
      let own = Secret.random()
      var change: RedisNamespaceService.Change?
      try await waitUntilSettled { change = try await service.create(namespace("app", "alice"), password: own) }
      let record = try #require(change?.record)
      #expect(change?.warnings.count == 1)
      _ = try await RedisConnection.open(endpoint, credentials: login(record, own))

      process.stop()
      process = try start()
      try await waitUntilSettled { _ = try await cluster.topology(refresh: true) }
      await expectProblem("redis-wrong-password") {
        try await RedisConnection.open(endpoint, credentials: login(record, own))
      }
      var changes: [UserChange] = []
      try await waitUntilSettled { changes = try await service.reconcile().changes }
      #expect(changes.map(\.kind) == [.added])
      _ = try await RedisConnection.open(endpoint, credentials: login(record, own))
    }
  }

  @Test func whatIsNoClusterIsNamedAsSuch() async throws {
    try await Scratch.with { scratch in
      let endpoint = RedisEndpoint(host: "127.0.0.1", port: Ports.free())
      let process = try ServerProcess(
        ["/usr/bin/redis-server", "--port", "\(endpoint.port)", "--dir", scratch.path.string, "--save", ""],
        log: scratch.path.appending("log"))
      defer { process.stop() }
      let cluster = RedisCluster(seeds: [endpoint], credentials: nil)
      try await waitUntilSettled { _ = try await cluster.connection(to: endpoint) }
      await expectProblem("redis-not-a-cluster") { try await cluster.capabilities() }
      let needless = RedisCredentials(username: nil, password: .random())
      await expectProblem("redis-login-refused") {
        try await RedisCluster(seeds: [endpoint], credentials: needless).capabilities()
      }
    }
  }

  /// As behind address translation: the nodes tell addresses, in the topology and in redirections, that lead nowhere.
  @Test func nodesThatAnnounceOtherAddressesAreReachedByTheirSeeds() async throws {
    let server = try await RedisClusterServer(masters: 3)
    for index in server.nodes.indices {
      try await server.connection(to: index).command([
        "CONFIG", "SET", "cluster-announce-port", "\(Ports.free())", "cluster-announce-hostname", "localhost",
        "cluster-preferred-endpoint-type", "hostname",
      ])
    }
    let real = Set(server.seeds)
    try await waitUntilSettled {
      for index in server.nodes.indices {
        let view = try await server.connection(to: index).command(["CLUSTER", "NODES"]).text ?? ""
        guard let topology = ClusterTopology(view, asked: server.seeds[index]),
          real.isDisjoint(with: topology.nodes.map(\.endpoint)), topology.nodes.allSatisfy({ $0.hostname != nil })
        else { throw Problem("unsettled", .unavailable, "the old addresses are still known", isTransient: true) }
      }
    }
    let cluster = server.cluster()
    #expect(try await cluster.capabilities().masters == 3)
    let service = RedisNamespaceService(cluster: cluster)
    let password = Secret.random()
    let record = try #require(
      try await service.create(namespace("nat", "alice"), password: password, spread: true).record)
    let own = RedisCluster(seeds: server.seeds, credentials: login(record, password))
    for index in 0..<20 {
      let key = "\(record.prefix)\(index)"
      _ = try await own.command(["SET", key, "v"], key: key)
    }
    #expect(try await service.statistics(of: [record]).namespaces.first?.content?.keys == 20)
    #expect(try await service.purge(record.id).record == nil)

    let one = RedisCluster(seeds: [server.seeds[0]], credentials: server.credentials)
    await expectProblem("redis-announced-unreachable") { try await one.capabilities() }
    await server.stop()
  }

  @Test func whatOthersHaveStaysTheirs() async throws {
    let server = try await RedisClusterServer()
    let service = RedisNamespaceService(cluster: server.cluster())
    let admin = try await server.connection(to: 0)
    let id = try namespace("wiki", "alice")
    try await admin.command(["ACL", "SETUSER", id.realName, "on", ">x", "~*", "+@all"])
    try await admin.command(["ACL", "SETUSER", "else", "on", ">y", "~else:*", "+@all"])
    _ = try await admin.pipeline([["SET", "else:key", "v"], ["SET", "wiki-alice_db0", "v"]])
    let users = try await admin.command(["ACL", "LIST"]).texts
    let problem = await #expect(throws: Problem.self) { try await service.create(id, password: .random()) }
    #expect(problem?.code == "foreign-redis-user" && problem?.exitStatus == .notPermitted)
    _ = try await service.delete(id)
    _ = try await service.purge(id)
    _ = try await service.reconcile()
    #expect(try await admin.command(["ACL", "LIST"]).texts == users)
    #expect(try await admin.command(["EXISTS", "else:key"]).integer == 1)
    #expect(try await admin.command(["EXISTS", "wiki-alice_db0"]).integer == 1)

    try await admin.command(["SET", NamespaceRecord.registryKey, "mine"])
    await expectProblem("foreign-redis-key") { try await service.create(namespace("a", "alice"), password: .random()) }
    #expect(try await admin.command(["GET", NamespaceRecord.registryKey]).text == "mine")
    await server.stop()
  }

  private func waitUntilSettled(_ body: () async throws -> Void) async throws {
    for _ in 0..<200 {
      do {
        return try await body()
      } catch let problem as Problem where problem.isTransient {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    try await body()
  }
}
