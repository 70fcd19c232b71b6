import Core
import PostgreSQL
import SystemPackage
import TestServers
import Testing

@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLConnecting {
  @Test func wrongPasswordIsNotPermitted() async throws {
    var endpoint = try await PostgreSQLServer.shared().endpoint
    endpoint.password = Secret("not-the-password")
    let wrong = endpoint
    let refused = try await problem { _ = try await AdminSession.connect(to: wrong) }
    #expect(refused.code == "postgres-authentication-failed")
    #expect(refused.exitStatus == .notPermitted)
    #expect(!refused.description.contains("not-the-password"))
  }

  @Test func missingDatabaseIsNamed() async throws {
    var endpoint = try await PostgreSQLServer.shared().endpoint
    endpoint.database = "nowhere"
    let elsewhere = endpoint
    let refused = try await problem { _ = try await AdminSession.connect(to: elsewhere) }
    #expect(refused.code == "no-such-database")
  }

  @Test func silentPortIsUnavailable() async throws {
    let endpoint = PostgreSQLEndpoint(host: "127.0.0.1", port: Ports.free(), user: "postgres", password: .random())
    let refused = try await problem { _ = try await AdminSession.connect(to: endpoint) }
    #expect(refused.code == "postgres-unreachable")
    #expect(refused.exitStatus == .unavailable)
    #expect(refused.isTransient)
  }

  @Test func stoppedServerIsUnavailableAndComesBack() async throws {
    let server = try await PostgreSQLServer()
    let admin = try await AdminSession.connect(to: server.endpoint)
    let facts = try await admin.facts()
    #expect(facts.hasDataChecksums)
    #expect(facts.version.major >= 15)
    #expect(facts.databases == 0)
    #expect(facts.connections >= 1)
    server.stop()
    for _ in 0..<2 {
      let refused = try await problem { _ = try await admin.facts() }
      #expect(refused.code == "postgres-unreachable")
      #expect(refused.exitStatus == .unavailable)
    }
  }

  @Test func cancellingTheTaskStopsTheStatement() async throws {
    let tenant = try await TestTenant(app: "cancel", owner: "alice")
    try await tenant.provision()
    let session = try await tenant.login()
    let watcher = try await tenant.login()
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(3600)' AND state = 'active'"
    let task = Task { try await session.query("SELECT pg_sleep(3600)") }
    while try await watcher.query(running) != [["1"]] { try await Task.sleep(for: .milliseconds(10)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await watcher.query(running) == [["0"]])
    #expect(try await session.query("SELECT 1") == [["1"]])
  }

  @Test func dataDirectoryIsMadeOnceAndWhole() async throws {
    let server = try await PostgreSQLServer.shared()
    #expect(server.cluster.isInitialized)
    let settings = ServerSettings(port: server.endpoint.port, socketDirectory: nil, memory: ByteCount(1 << 30))
    #expect(try await server.cluster.initialize(settings: settings, password: .random()) == .unchanged)
    #expect(try server.cluster.configure(settings) == .unchanged)
    let parent = server.cluster.dataDirectory.removingLastComponent()
    #expect(try Files.names(in: parent).allSatisfy { !$0.hasSuffix(".new") })
    try await Scratch.with { scratch in
      let taken = ServerCluster(
        dataDirectory: scratch.path, binaries: server.cluster.binaries, account: server.cluster.account)
      try AtomicFile.write("mine", to: scratch.path.appending("letter"))
      let refused = try await problem { _ = try await taken.initialize(settings: settings, password: .random()) }
      #expect(refused.code == "not-empty")
      #expect(Files.exists(scratch.path.appending("letter")))
    }
  }
}
