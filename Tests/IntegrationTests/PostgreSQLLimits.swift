import Core
import FoundationEssentials
import PostgreSQL
import TestServers
import Testing

@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLLimits {
  @Test func limitsStayUntilSomebodyNamesThem() async throws {
    let tenant = try await TestTenant(app: "limited", owner: "alice")
    var asked = tenant.role
    asked.limits = RoleLimits(connections: try ConnectionLimit("2"), statementTimeout: try StatementTimeout("30s"))
    #expect(try await tenant.admin.provision(asked, password: tenant.password) == .created)
    #expect(try await tenant.admin.outcome(of: asked) == .unchanged)
    try await tenant.provision()
    #expect(try await tenant.admin.roles(of: asked.instance).map(\.limits) == [asked.limits])
    #expect(try await tenant.admin.databases(of: asked.instance).map(\.limits) == [asked.limits])
    #expect(try await tenant.login().query("SHOW statement_timeout") == [["30s"]])

    let more = RoleLimits(connections: ConnectionLimit.none)
    #expect(
      try await tenant.admin.setLimits(more, of: asked.name, instance: asked.instance, dryRun: true) == .changed)
    #expect(try await tenant.admin.setLimits(more, of: asked.name, instance: asked.instance) == .changed)
    #expect(try await tenant.admin.setLimits(more, of: asked.name, instance: asked.instance) == .unchanged)
    let found = try #require(try await tenant.admin.roles(of: asked.instance).first?.limits)
    #expect(found == RoleLimits(connections: ConnectionLimit.none, statementTimeout: try StatementTimeout("30s")))
    #expect(try await tenant.admin.outcome(of: tenant.role) == .unchanged)

    let lifted = RoleLimits(statementTimeout: StatementTimeout.none)
    #expect(try await tenant.admin.setLimits(lifted, of: asked.name, instance: asked.instance) == .changed)
    #expect(try await tenant.login().query("SHOW statement_timeout") == [["0"]])
  }

  @Test func serverKeepsToTheConnectionLimit() async throws {
    let tenant = try await TestTenant(app: "few", owner: "alice")
    try await tenant.provision()
    let one = RoleLimits(connections: try ConnectionLimit("1"))
    _ = try await tenant.admin.setLimits(one, of: tenant.role.name, instance: tenant.role.instance)
    let session = try await tenant.login()
    let refused = try await problem { _ = try await tenant.login() }
    #expect(refused.code == "postgres-too-many-connections")
    #expect(try await session.query("SELECT 1") == [["1"]])
  }

  @Test func noLimitCanBeAskedForFromTheStart() async throws {
    let tenant = try await TestTenant(app: "unlimited", owner: "alice")
    var asked = tenant.role
    asked.limits.connections = ConnectionLimit.none
    #expect(try await tenant.admin.provision(asked, password: tenant.password) == .created)
    #expect(try await tenant.admin.roles(of: asked.instance).map(\.limits.connections) == [ConnectionLimit.none])
    #expect(try await tenant.admin.outcome(of: asked) == .unchanged)
    #expect(try await tenant.admin.outcome(of: tenant.role) == .unchanged)
  }

  @Test func limitsOfAnothersRoleAreLeftAlone() async throws {
    let tenant = try await TestTenant(app: "notmine", owner: "alice")
    try await tenant.provision()
    let other = AppInstance(app: try AppName("notmine"), owner: try Owner("bob"))
    let limits = RoleLimits(connections: try ConnectionLimit("1"))
    let refused = try await problem {
      _ = try await tenant.admin.setLimits(limits, of: tenant.role.name, instance: other)
    }
    #expect(refused.code == "postgres-belongs-to-other")
  }

  @Test func lastWriteIsKnown() async throws {
    let tenant = try await TestTenant(app: "written", owner: "alice")
    try await tenant.provision()
    let times = try await tenant.admin.lastWrites(to: [tenant.database.name])
    let seconds = try #require(times[tenant.database.name]).timeIntervalSince1970
    let now = try await tenant.login().query("SELECT extract(epoch FROM now())").first?[0].flatMap { Double($0) }
    #expect(abs(try #require(now) - seconds) < 3600)
    #expect(try await tenant.admin.lastWrites(to: []).isEmpty)
  }
}
