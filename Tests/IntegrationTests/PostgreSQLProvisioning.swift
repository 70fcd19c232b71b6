import Core
import PostgreSQL
import TestServers
import Testing

/// An app with a database of its own on the shared server.
struct TestTenant {
  let server: PostgreSQLServer
  let admin: AdminSession
  let role: RoleRequest
  let database: DatabaseRequest
  let password: Secret

  init(
    server: PostgreSQLServer, admin: AdminSession, role: RoleRequest, database: DatabaseRequest, password: Secret
  ) {
    self.server = server
    self.admin = admin
    self.role = role
    self.database = database
    self.password = password
  }

  init(
    app: String, owner: String, username: String = "u", database: String = "db", extensions: [String] = [],
    scripts: [String] = [], isDistributed: Bool = false, on other: PostgreSQLServer? = nil
  ) async throws {
    server = if let other { other } else { try await .shared() }
    admin = try await AdminSession.connect(to: server.endpoint)
    let instance = AppInstance(app: try AppName(app), owner: try Owner(owner))
    role = RoleRequest(name: try RoleName(username: username, of: instance), instance: instance)
    self.database = try DatabaseRequest(
      writtenName: database, of: instance, extensions: extensions.map { try ExtensionName($0) }, scripts: scripts,
      isDistributed: isDistributed)
    password = .random()
  }

  @discardableResult
  func provision(_ policy: ProvisioningPolicy = ProvisioningPolicy()) async throws -> (Outcome, DatabaseOutcome) {
    let roleOutcome = try await admin.provision(role, password: password)
    return (
      roleOutcome, try await admin.provision(database, role: role, password: password, policy: policy)
    )
  }

  func login(database other: DatabaseName? = nil, password otherPassword: Secret? = nil) async throws -> TenantSession {
    try await .connect(
      to: server.endpoint, role: role.name, password: otherPassword ?? password, database: other ?? database.name)
  }
}

/// The problem that `body` ends with; a failed expectation where it does not.
func problem(_ body: () async throws -> Void) async throws -> Problem {
  try #require(await #expect(throws: Problem.self) { try await body() })
}

@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLProvisioning {
  @Test func secondRunIsUnchanged() async throws {
    let tenant = try await TestTenant(
      app: "twice", owner: "alice", extensions: ["pg_trgm", "earthdistance"],
      scripts: ["BEGIN;", "CREATE TABLE IF NOT EXISTS made_by_script (id int)", "COMMIT;"])
    #expect(try await tenant.admin.outcome(of: tenant.role) == .created)
    #expect(
      try await tenant.admin.outcome(of: tenant.database, role: tenant.role, policy: ProvisioningPolicy()).outcome
        == .created)
    let first = try await tenant.provision()
    #expect(first.0 == .created && first.1.outcome == .created && first.1.warnings.isEmpty)
    #expect(try await tenant.admin.outcome(of: tenant.role) == .unchanged)
    let second = try await tenant.provision()
    #expect(second.0 == .unchanged && second.1.outcome == .unchanged)
    #expect(try await tenant.admin.accepts(tenant.password, of: tenant.role.name))
    #expect(try await !tenant.admin.accepts(.random(), of: tenant.role.name))
    let session = try await tenant.login()
    #expect(try await session.query("SELECT count(*) FROM made_by_script") == [["0"]])
    #expect(
      try await session.query("SELECT tableowner FROM pg_tables WHERE tablename = 'made_by_script'") == [
        ["u_alice_twice"]
      ])
    #expect(
      try await session.query(
        "SELECT extname, nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE nspname <> 'pg_catalog' ORDER BY 1"
      )
        == [["cube", "public"], ["earthdistance", "public"], ["pg_trgm", "public"]])
    #expect(try await session.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'olares%'").isEmpty)
  }

  @Test func listingTellsWhoseEachDatabaseIs() async throws {
    let tenant = try await TestTenant(app: "listed", owner: "bo-b", isDistributed: true)
    let outcome = try await tenant.provision()
    #expect(outcome.1.warnings.count == 1)
    let found = try await tenant.admin.databases(of: tenant.role.instance)
    #expect(found.map(\.database.name) == ["listed_bo_b_db"])
    #expect(found.map(\.role) == [tenant.role.name])
    #expect(found.map(\.isComplete) == [true])
    #expect(found.map(\.awaitsDistribution) == [true])
    #expect(found.map(\.limits) == [RoleLimits(connections: .usual, statementTimeout: StatementTimeout.none)])
    #expect(try #require(found.first?.bytes) > 1_000_000)
    #expect(try await tenant.admin.databases().map(\.instance).contains(tenant.role.instance))
    #expect(try await tenant.admin.roles(of: tenant.role.instance).map(\.role) == [tenant.role.name])
    #expect(try await tenant.provision().1.outcome == .unchanged)
  }

  @Test func requiredDistributionIsRefusedWithoutCitus() async throws {
    let tenant = try await TestTenant(app: "citus", owner: "alice", isDistributed: true)
    var policy = ProvisioningPolicy()
    policy.requiresDistributed = true
    let refused = try await problem { try await tenant.provision(policy) }
    #expect(refused.code == "no-citus")
    #expect(refused.exitStatus == .unavailable)
    #expect(try await tenant.admin.databases(of: tenant.role.instance).isEmpty)
  }

  @Test func missingExtensionNamesWhatToInstall() async throws {
    let tenant = try await TestTenant(app: "exts", owner: "alice", extensions: ["citext", "vchord"])
    let refused = try await problem { try await tenant.provision() }
    #expect(refused.code == "missing-extension")
    #expect(refused.message.contains("vchord"))
    #expect(refused.hints.contains { $0.contains("--skip-unavailable") })
    #expect(try await tenant.admin.databases(of: tenant.role.instance).isEmpty)
    var policy = ProvisioningPolicy()
    policy.skipsUnavailable = true
    let outcome = try await tenant.provision(policy)
    #expect(outcome.1.outcome == .created)
    #expect(outcome.1.warnings.count == 1)
    #expect(try await tenant.admin.extensions(of: tenant.database.name).map(\.name.name).contains("citext"))
  }

  @Test func extensionAddedLaterIsAChange() async throws {
    let first = try await TestTenant(app: "later", owner: "alice", extensions: ["cube"])
    try await first.provision()
    var request = first.database
    request.extensions = [try ExtensionName("cube"), try ExtensionName("earthdistance"), try ExtensionName("hstore")]
    let outcome = try await first.admin.provision(
      request, role: first.role, password: first.password, policy: ProvisioningPolicy())
    #expect(outcome.outcome == .changed)
    let installed = try await first.admin.extensions(of: request.name).map(\.name.name)
    #expect(Set(installed).isSuperset(of: ["cube", "earthdistance", "hstore"]))
  }

  @Test func sameNamesOfDifferentOwnersAreRefused() async throws {
    let first = try await TestTenant(app: "clash", owner: "a-b", username: "x")
    try await first.provision()
    // x_a + b_clash and x + a_b_clash are the same role.
    let second = try await TestTenant(app: "clash", owner: "b", username: "x_a")
    let role = try await problem { _ = try await second.admin.provision(second.role, password: second.password) }
    #expect(role.code == "postgres-belongs-to-other")
    #expect(role.exitStatus == .notPermitted)
    #expect(role.message.contains("a-b"))
    let undo = try await problem { _ = try await second.admin.drop(second.role.name, of: second.role.instance) }
    #expect(undo.code == "postgres-belongs-to-other")
    #expect(try await first.admin.accepts(first.password, of: first.role.name))
  }

  @Test func databaseOfSameNameIsRefused() async throws {
    let first = try await TestTenant(app: "same", owner: "a", username: "p", database: "b_c")
    try await first.provision()
    // same-a + b_c and same-a-b + c are the same database.
    let second = try await TestTenant(app: "same", owner: "a-b", username: "q", database: "c")
    let refused = try await problem { try await second.provision() }
    #expect(refused.code == "postgres-belongs-to-other")
    let undo = try await problem { _ = try await second.admin.drop(second.database.name, role: second.role) }
    #expect(undo.code == "postgres-belongs-to-other")
    #expect(try await first.admin.databases(of: first.role.instance).count == 1)
  }

  @Test func roleMadeByHandIsNotAdopted() async throws {
    let tenant = try await TestTenant(app: "byhand", owner: "alice")
    try await tenant.server.asAdministrator("CREATE ROLE u_alice_byhand LOGIN")
    let refused = try await problem { try await tenant.provision() }
    #expect(refused.code == "postgres-belongs-to-other")
  }

  @Test func dropTakesBackOnlyWhatIsThere() async throws {
    let tenant = try await TestTenant(app: "gone", owner: "alice")
    try await tenant.provision()
    let session = try await tenant.login()
    let blocked = try await problem { try await tenant.admin.drop(tenant.role.name, of: tenant.role.instance) }
    #expect(blocked.code == "role-still-owns")
    #expect(try await tenant.admin.drop(tenant.database.name, role: tenant.role))
    #expect(try await !tenant.admin.drop(tenant.database.name, role: tenant.role))
    #expect(try await tenant.admin.drop(tenant.role.name, of: tenant.role.instance))
    #expect(try await !tenant.admin.drop(tenant.role.name, of: tenant.role.instance))
    #expect(try await tenant.admin.databases(of: tenant.role.instance).isEmpty)
    await #expect(throws: Problem.self) { try await session.query("SELECT 1") }
  }

  @Test func rotatedPasswordReplacesTheOld() async throws {
    let tenant = try await TestTenant(app: "rotate", owner: "alice")
    try await tenant.provision()
    let fresh = Secret.random()
    try await tenant.admin.rotate(tenant.role.name, of: tenant.role.instance, to: fresh)
    #expect(try await tenant.admin.accepts(fresh, of: tenant.role.name))
    #expect(try await !tenant.admin.accepts(tenant.password, of: tenant.role.name))
  }

  @Test func databaseCutOffHalfWayIsFinished() async throws {
    let tenant = try await TestTenant(app: "halfway", owner: "alice", extensions: ["hstore"])
    _ = try await tenant.admin.provision(tenant.role, password: tenant.password)
    try await tenant.server.asAdministrator(
      "CREATE DATABASE halfway_alice_db OWNER u_alice_halfway TEMPLATE template0 CONNECTION LIMIT 0")
    #expect(try await tenant.admin.databases(of: tenant.role.instance).map(\.isComplete) == [false])
    let plan = try await tenant.admin.outcome(of: tenant.database, role: tenant.role, policy: ProvisioningPolicy())
    #expect(plan.outcome == .changed)
    #expect(try await tenant.provision().1.outcome == .changed)
    #expect(try await tenant.provision().1.outcome == .unchanged)
    #expect(try await tenant.login().query("SELECT 'a=>1'::hstore -> 'a'") == [["1"]])
  }

  @Test func twentyRunsAtOnceAgree() async throws {
    let tenant = try await TestTenant(app: "crowd", owner: "alice")
    let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
      for _ in 0..<20 {
        group.addTask {
          let admin = try await AdminSession.connect(to: tenant.server.endpoint)
          _ = try await admin.provision(tenant.role, password: tenant.password)
          let outcome = try await admin.provision(
            tenant.database, role: tenant.role, password: tenant.password, policy: ProvisioningPolicy()
          ).outcome
          await admin.close()
          return outcome
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == .created } == 1)
    #expect(try await tenant.login().query("SELECT 1") == [["1"]])
  }
}

extension PostgreSQLServer {
  /// Runs statements as the administrator, each by itself, as somebody with psql would.
  func asAdministrator(_ statements: String...) async throws {
    try await ChildProcess(
      "psql",
      ["-Xqv", "ON_ERROR_STOP=1", "-h", endpoint.host, "-p", "\(endpoint.port)", "-U", endpoint.user]
        + statements.flatMap { ["-c", $0] } + ["postgres"],
      environment: ["PGPASSWORD": endpoint.password?.reveal() ?? ""]
    ).check()
  }
}
