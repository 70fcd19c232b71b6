import Core
import Glibc
import Redis
import RedisNamespaces
import SystemPackage
import TestServers
import Testing

@Suite(.enabled(if: RedisClusterServer.skipReason == nil, "redis-server is not installed"))
struct RedisNamespaceTests {
  @Test func creatingTwiceChangesNothing() async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let id = try namespace("twice", "alice")
    let password = Secret.random()
    let first = try await service.create(id, password: password)
    let second = try await service.create(id, password: password)
    #expect(first.hasChanged)
    #expect(!second.hasChanged)
    #expect(first.record == second.record)
    #expect(try await service.list().filter { $0.id == id }.count == 1)
  }

  @Test func theBindingReachesTheNamespaceAndNothingElse() async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let clients = try await ["app1", "app2"].asyncMap { app in
      try await ["alice", "bob"].asyncMap { owner in
        let password = Secret.random()
        let change = try await service.create(namespace(app, owner), password: password)
        let record = try #require(change.record)
        return (record, try await server.connection(to: 0, as: login(record, password)))
      }
    }.flatMap(\.self)
    for (record, client) in clients {
      try await client.command(["SET", "\(record.prefix)key", record.id.realName])
      // Different slots in the real world, one here: the prefix decides the slot.
      try await client.command(["MSET", "\(record.prefix)a", "1", "\(record.prefix)b", "2"])
    }
    for (record, client) in clients {
      #expect(try await client.command(["GET", "\(record.prefix)key"]).text == record.id.realName)
      for (other, _) in clients where other.id != record.id {
        #expect(try await client.attempt(["GET", "\(other.prefix)key"]).isDenied)
      }
    }
    #expect(Set(clients.compactMap(\.0.placement.slot)).count == clients.count)
  }

  @Test func aDifferentPasswordIsRefusedAndSoIsOneInUse() async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let password = Secret.random()
    _ = try await service.create(namespace("pw1", "alice"), password: password)
    await expectProblem("namespace-password-differs") {
      try await service.create(namespace("pw1", "alice"), password: .random())
    }
    await expectProblem("namespace-password-in-use") {
      try await service.create(namespace("pw2", "alice"), password: password)
    }
    #expect(try await service.find(namespace("pw2", "alice")) == nil)
  }

  @Test func aForeignUserIsNotAdopted() async throws {
    // Of its own, since reconciling is about the users of all tests.
    let server = try await RedisClusterServer()
    let service = RedisNamespaceService(cluster: server.cluster())
    let id = try namespace("foreign", "alice")
    let admin = try await server.connection(to: 0)
    try await admin.command(["ACL", "SETUSER", id.realName, "on", ">x", "~*", "+@all"])
    await expectProblem("foreign-redis-user") { try await service.create(id, password: .random()) }
    #expect(try await service.find(id) == nil)
    _ = try await service.reconcile()
    #expect(try await admin.command(["ACL", "USERS"]).texts?.contains(id.realName) == true)
    await server.stop()
  }

  @Test func rotationEndsOldConnectionsAndKeepsData() async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let id = try namespace("rotate", "alice")
    let (old, new) = (Secret.random(), Secret.random())
    let record = try #require(try await service.create(id, password: old).record)
    let client = try await server.connection(to: 0, as: login(record, old))
    try await client.command(["SET", "\(record.prefix)key", "1"])
    #expect(try await service.rotate(id, password: new).hasChanged)
    #expect(try await !service.rotate(id, password: new).hasChanged)
    await expectProblem("redis-unreachable") { try await client.command(["PING"]) }
    await expectProblem("redis-wrong-password") { try await server.connection(to: 0, as: login(record, old)) }
    let again = try await server.connection(to: 0, as: login(record, new))
    #expect(try await again.command(["GET", "\(record.prefix)key"]).text == "1")
  }

  @Test(arguments: [false, true])
  func deletingKeepsKeysUntilTheyArePurged(spread: Bool) async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let id = try namespace(spread ? "delspread" : "delslot", "alice")
    let other = try #require(
      try await service.create(namespace("delother", "alice", spread ? "s" : "t"), password: .random()).record)
    let password = Secret.random()
    let record = try #require(try await service.create(id, password: password, spread: spread).record)
    let admin = try await server.connection(to: 0)
    _ = try await admin.pipeline((0..<1200).map { ["SET", "\(record.prefix)\($0)", "v"] })
    // A key of somebody else in the same slot must survive, and must not stop the purge.
    let neighbour = "neighbour\(spread)\(record.placement.slot == nil ? "" : record.prefix.tagInBraces)"
    _ = try await admin.pipeline([["SET", "\(other.prefix)k", "v"], ["SET", neighbour, "v"]])

    let deleted = try await service.delete(id)
    #expect(deleted.record?.password == nil && deleted.record?.placement == record.placement)
    await expectProblem("redis-wrong-password") { try await server.connection(to: 0, as: login(record, password)) }
    await expectProblem("namespace-has-data") { try await service.create(id, password: password, spread: spread) }
    let adopted = try await service.create(id, password: password, spread: spread, adopting: true)
    #expect(adopted.record == record)
    let described = try #require(try await service.describe([record]).first)
    // Too many to be told from others in no time.
    #expect(described.keys == nil)
    #expect(described.keysInSlot == (spread ? nil : 1201))
    let client = try await server.connection(to: 0, as: login(record, password))
    #expect(try await client.command(["GET", "\(record.prefix)7"]).text == "v")

    _ = try await service.purge(id)
    #expect(try await service.find(id) == nil)
    #expect(try await admin.command(["EXISTS", "\(record.prefix)7"]).integer == 0)
    #expect(
      try await admin.pipeline([["EXISTS", "\(other.prefix)k"], ["EXISTS", neighbour]]) == [.integer(1), .integer(1)])
    #expect(try await !service.purge(id).hasChanged)
  }

  @Test func anEmptyNamespaceIsGoneWhenDeleted() async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let id = try namespace("empty", "alice")
    _ = try await service.create(id, password: .random())
    #expect(try await service.delete(id).record == nil)
    #expect(try await service.find(id) == nil)
    #expect(try await !service.delete(id).hasChanged)
  }

  @Test func creatorsAtTheSameTimeGetDifferentSlots() async throws {
    let server = try await RedisClusterServer.shared()
    let password = Secret.random()
    let records = try await withThrowingTaskGroup(of: NamespaceRecord?.self) { group in
      for index in 0..<16 {
        group.addTask {
          // Each with connections of its own, as different processes have.
          let service = RedisNamespaceService(cluster: server.cluster())
          return try await service.create(namespace("par\(index)", "alice"), password: .random()).record
        }
      }
      for _ in 0..<4 {
        group.addTask {
          let service = RedisNamespaceService(cluster: server.cluster())
          return try await service.create(namespace("same", "alice"), password: password).record
        }
      }
      return try await group.reduce(into: [NamespaceRecord]()) { if let record = $1 { $0.append(record) } }
    }
    #expect(records.count == 20)
    #expect(Set(records.map(\.id)).count == 17)
    #expect(Set(records.compactMap(\.placement.slot)).count == 17)
  }

  @Test func reconcilingRepairsUsers() async throws {
    let server = try await RedisClusterServer()
    let service = RedisNamespaceService(cluster: server.cluster())
    let id = try namespace("repair", "alice")
    let password = Secret.random()
    let record = try #require(try await service.create(id, password: password).record)
    let admin = try await server.connection(to: 0)
    try await admin.command(["ACL", "SETUSER", id.realName, "+@all"])
    try await admin.command(
      ["ACL", "SETUSER", "gone-alice_db0", "on", ">x", "~gone-alice_db0.1:*", "resetchannels", "-@all", "+get"])
    _ = try await service.create(namespace("lost", "alice"), password: .random())
    try await admin.command(["ACL", "DELUSER", "lost-alice_db0"])
    let expected: Set = ["repair-alice_db0 corrected", "lost-alice_db0 added", "gone-alice_db0 removed"]
    let foreseen = try await service.reconcile(dryRun: true)
    #expect(Set(foreseen.changes.map { "\($0.user) \($0.kind)" }) == expected)
    #expect(try await admin.command(["ACL", "USERS"]).texts?.contains("lost-alice_db0") == false)
    #expect(try await Set(service.reconcile().changes) == Set(foreseen.changes))
    #expect(try await !service.reconcile().hasChanged)
    #expect(try await !service.reconcile(dryRun: true).hasChanged)
    #expect(try await admin.command(["ACL", "USERS"]).texts?.contains("gone-alice_db0") == false)
    let client = try await server.connection(to: 0, as: login(record, password))
    #expect(try await client.attempt(["KEYS", "*"]).isDenied)
    await server.stop()
  }

  @Test func restartsKeepUsersAndData() async throws {
    let server = try await RedisClusterServer()
    let service = RedisNamespaceService(cluster: server.cluster())
    let password = Secret.random()
    let record = try #require(try await service.create(namespace("restart", "alice"), password: password).record)
    let client = try await server.connection(to: 0, as: login(record, password))
    try await client.command(["SET", "\(record.prefix)key", "1"])
    // Transactions and scripts are read back under other rules than single commands.
    let written = try await client.pipeline([
      ["MULTI"], ["SET", "\(record.prefix)one", "1"], ["SET", "\(record.prefix)two", "2"], ["EXEC"],
      [
        "EVAL", "redis.call('SET', KEYS[1], '3') return redis.call('SET', KEYS[2], '4')", "2", "\(record.prefix)three",
        "\(record.prefix)four",
      ],
    ])
    #expect(!written.contains { $0.isDenied })
    try await server.end(0, with: SIGTERM)
    try await server.start(0)
    try await server.waitUntilServing(0)
    let again = try await server.connection(to: 0, as: login(record, password))
    let keys = ["key", "one", "two", "three", "four"].map { record.prefix + $0 }
    #expect(try await again.command(["MGET"] + keys).texts == ["1", "1", "2", "3", "4"])
    #expect(try await service.list().map(\.id) == [record.id])
    #expect(try await !service.reconcile(dryRun: true).hasChanged)
    #expect(try await !service.create(record.id, password: password).hasChanged)
    await server.stop()
  }

  @Test func saysWhatIsWrongWithTheServer() async throws {
    let server = try await RedisClusterServer()
    let wrong = RedisCredentials(username: NodeConfiguration.adminUser, password: .random())
    await expectProblem("redis-wrong-password") { try await server.connection(to: 0, as: wrong) }
    await expectProblem("redis-not-authenticated") { try await RedisConnection.open(server.nodes[0].endpoint) }
    for password in ["", "x", "nopass"] {
      let nobody = RedisCredentials(username: "default", password: Secret(password))
      await expectProblem("redis-wrong-password") { try await server.connection(to: 0, as: nobody) }
    }
    let service = RedisNamespaceService(cluster: server.cluster())
    await server.stop()
    await expectProblem("redis-unreachable") { try await service.list() }
  }

  @Test func aServerThatSpeaksTLSOnlyIsNamedAsSuch() async throws {
    try await Scratch.with { scratch in
      let (key, certificate) = (scratch.path.appending("key"), scratch.path.appending("cert"))
      try await ChildProcess(
        "openssl",
        [
          "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test",
          "-keyout", key.string, "-out", certificate.string,
        ]
      ).check()
      let port = Ports.free()
      let process = try ServerProcess(
        [
          "redis-server", "--port", "0", "--tls-port", "\(port)", "--tls-cert-file", certificate.string,
          "--tls-key-file", key.string, "--tls-ca-cert-file", certificate.string, "--dir", scratch.path.string,
          "--save", "",
        ], log: scratch.path.appending("log"))
      defer { process.stop() }
      var code = ""
      repeat {
        do {
          _ = try await RedisConnection.open(RedisEndpoint(host: "127.0.0.1", port: port))
        } catch let problem as Problem {
          code = problem.code
        }
        try await Task.sleep(for: .milliseconds(50))
      } while code == "redis-unreachable" && process.isRunning
      #expect(code == "redis-needs-tls")
    }
  }

  @Test func formingAgainChangesNothingAndForeignNodesAreRefused() async throws {
    let server = try await RedisClusterServer()
    let formation = try ClusterFormation(nodes: server.seeds, masters: 1, credentials: server.credentials)
    #expect(try await !formation.form())
    let grown = try ClusterFormation(
      nodes: server.seeds + server.seeds + server.seeds, masters: 3, credentials: server.credentials)
    await expectProblem("foreign-redis-node") { try await grown.form() }
    let status = try await RedisStatus.read(server.cluster())
    #expect(status.isServing && status.nodes.count == 1 && status.namespaces == 0)
    await server.stop()
  }
}

func namespace(_ app: String, _ owner: String, _ name: String = "db0") throws -> NamespaceID {
  try NamespaceID(AppInstance(app: AppName(app), owner: Owner(owner)), NamespaceName(name))
}

func login(_ record: NamespaceRecord, _ password: Secret) -> RedisCredentials {
  RedisCredentials(username: record.id.realName, password: password)
}

func expectProblem<Result>(
  _ code: String, _ body: () async throws -> Result, sourceLocation: Testing.SourceLocation = #_sourceLocation
) async {
  await #expect(sourceLocation: sourceLocation) {
    _ = try await body()
  } throws: {
    ($0 as? Problem)?.code == code
  }
}

extension RedisReply {
  /// Whether the ACL refused the command.
  var isDenied: Bool {
    guard case .error(let error) = self else { return false }
    return error.code == "NOPERM" || error.message.contains("No permissions") || error.message.contains("NOPERM")
  }
}

extension Array {
  func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}

extension String {
  fileprivate var tagInBraces: String { String(drop { $0 != "{" }.prefix { $0 != "}" }) + "}" }
}
