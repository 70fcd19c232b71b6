import Core
import PostgreSQL
import TestServers
import Testing

/// An administrator that may make roles and databases, and is no superuser, as hosted servers give one.
private struct LesserAdministrator {
  /// Not the server of the other tests: such an administrator cannot keep verifiers out of its log.
  static let server = Task { try await PostgreSQLServer() }

  let tenant: TestTenant
  let admin: AdminSession

  init(_ name: String, app: String, extensions: [String] = [], scripts: [String] = []) async throws {
    let own = try await TestTenant(
      app: app, owner: "alice", extensions: extensions, scripts: scripts, on: try await Self.server.value)
    let password = Secret.random()
    try await own.server.asAdministrator(
      "CREATE ROLE \(name) LOGIN CREATEROLE CREATEDB PASSWORD '\(password.reveal())'",
      "GRANT CONNECT, TEMPORARY ON DATABASE postgres TO \(name)")
    let endpoint = own.server.endpoint.login(user: name, password: password, database: "postgres")
    admin = try await AdminSession.connect(to: endpoint)
    tenant = own.with(admin)
  }
}

extension TestTenant {
  fileprivate func with(_ other: AdminSession) -> TestTenant {
    TestTenant(server: server, admin: other, role: role, database: database, password: password)
  }
}

@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLLesserAdministrator {
  @Test func knowsWhatItMayDo() async throws {
    let server = try await LesserAdministrator.server.value
    let full = try await AdminSession.connect(to: server.endpoint).capabilities()
    #expect(full.isSuperuser && full.suffices && full.limitations.isEmpty)
    let lesser = try await LesserAdministrator("lesser_knows", app: "lesserknows").admin.capabilities()
    #expect(!lesser.isSuperuser && lesser.suffices)
    #expect(!lesser.maySignalSessions && !lesser.mayReadFileTimes && !lesser.maySilenceLog)
    #expect(lesser.limitations.count == 6)
    try lesser.insistOnProvisioning()
    let tenant = try await TestTenant(app: "nobody", owner: "alice", on: server)
    try await tenant.provision()
    let login = server.endpoint.login(
      user: tenant.role.name.name, password: tenant.password, database: tenant.database.name.name)
    let none = try await AdminSession.connect(to: login).capabilities()
    let refused = #expect(throws: Problem.self) { try none.insistOnProvisioning() }
    #expect(refused?.exitStatus == .notPermitted)
  }

  @Test func givesListsRotatesAndDrops() async throws {
    let lesser = try await LesserAdministrator(
      "lesser_all", app: "lesserall", extensions: ["pg_trgm", "hstore"], scripts: ["CREATE TABLE made (id int)"])
    let tenant = lesser.tenant
    let first = try await tenant.provision()
    #expect(first.0 == .created && first.1.outcome == .created && first.1.warnings.isEmpty)
    let second = try await tenant.provision()
    #expect(second.0 == .unchanged && second.1.outcome == .unchanged)

    let found = try #require(try await lesser.admin.databases(of: tenant.role.instance).first)
    #expect(found.isComplete && (found.bytes ?? 0) > 1_000_000)
    #expect(try await lesser.admin.lastWrites(to: [found.database]).isEmpty)
    #expect(try await lesser.admin.extensions(of: found.database).map(\.name.name).contains("pg_trgm"))
    #expect(try await lesser.admin.facts().databases > 0)

    let session = try await tenant.login()
    #expect(
      try await session.query("SELECT tableowner FROM pg_tables WHERE tablename = 'made'") == [["u_alice_lesserall"]])
    // The tenant is no member of the administrator's role.
    await #expect(throws: Problem.self) { try await session.query("SET ROLE lesser_all") }

    let limits = RoleLimits(connections: try ConnectionLimit("5"), statementTimeout: try StatementTimeout("1min"))
    #expect(
      try await lesser.admin.setLimits(limits, of: tenant.role.name, instance: tenant.role.instance) == .changed)
    let fresh = Secret.random()
    try await lesser.admin.rotate(tenant.role.name, of: tenant.role.instance, to: fresh)
    #expect(try await lesser.admin.accepts(fresh, of: tenant.role.name))

    #expect(try await lesser.admin.drop(tenant.database.name, role: tenant.role))
    #expect(try await !lesser.admin.drop(tenant.database.name, role: tenant.role))
    await #expect(throws: Problem.self) { try await session.query("SELECT 1") }
    #expect(try await lesser.admin.drop(tenant.role.name, of: tenant.role.instance))
    #expect(try await !lesser.admin.drop(tenant.role.name, of: tenant.role.instance))
  }

  @Test func extensionOfSuperusersOnlyIsRefusedOrSkipped() async throws {
    let lesser = try await LesserAdministrator("lesser_ext", app: "lesserext", extensions: ["hstore", "file_fdw"])
    let refused = try await problem { try await lesser.tenant.provision() }
    #expect(refused.code == "extension-needs-superuser")
    #expect(refused.exitStatus == .notPermitted)
    #expect(try await lesser.admin.databases(of: lesser.tenant.role.instance).isEmpty)
    var policy = ProvisioningPolicy()
    policy.skipsUnavailable = true
    #expect(try await lesser.tenant.provision(policy).1.warnings.count == 1)
    #expect(try await lesser.tenant.provision(policy).1.outcome == .unchanged)
    // Once a superuser has created it, nothing is missing any more.
    let name = lesser.tenant.database.name.name
    try await lesser.tenant.server.asAdministrator("\\connect \(name)", "CREATE EXTENSION file_fdw")
    #expect(try await lesser.tenant.provision().1.outcome == .unchanged)
  }

  @Test func whatItCannotCloseIsAWarning() async throws {
    // A server of its own: on the shared one others close these databases.
    let server = try await PostgreSQLServer()
    try await server.asAdministrator("CREATE ROLE weak LOGIN CREATEROLE CREATEDB PASSWORD 'weak-and-public'")
    let endpoint = server.endpoint.login(user: "weak", password: Secret("weak-and-public"), database: "postgres")
    let admin = try await AdminSession.connect(to: endpoint)
    let result = try await admin.secure()
    #expect(result.outcome == .unchanged)
    #expect(result.warnings.count == 2)
    #expect(result.warnings.contains { $0.contains("template1") })
    let full = try await AdminSession.connect(to: server.endpoint)
    #expect(try await full.secure().warnings.isEmpty)
    server.stop()
  }

  @Test func whoeverElseIsConnectedKeepsTheDatabase() async throws {
    let lesser = try await LesserAdministrator("lesser_busy", app: "lesserbusy")
    try await lesser.tenant.provision()
    let database = lesser.tenant.database.name
    let other = try await AdminSession.connect(
      to: lesser.tenant.server.endpoint.inDatabase(database.name))
    let refused = try await problem { try await lesser.admin.drop(database, role: lesser.tenant.role) }
    #expect(refused.code == "postgres-in-use")
    #expect(refused.exitStatus == .busy)
    await other.close()
    // The server notices the end of a session a moment later, and waits for it by itself.
    #expect(try await lesser.admin.drop(database, role: lesser.tenant.role))
  }
}
