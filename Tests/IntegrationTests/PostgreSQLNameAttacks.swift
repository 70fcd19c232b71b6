import Core
import PostgreSQL
import TestServers
import Testing

@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLNameAttacks {
  /// Words that mean something to PostgreSQL, as parts of names.
  @Test(arguments: [
    ("select", "user", "table", "all"), ("public", "postgres", "template0", "none"),
    ("current", "user", "null", "default"), ("x", "a-b-c", "UPPER-Case_9", "Session-User"),
  ])
  func reservedWordsAreOnlyNames(app: String, owner: String, database: String, username: String) async throws {
    let tenant = try await TestTenant(
      app: app, owner: owner, username: username, database: database, extensions: ["hstore"],
      scripts: ["CREATE TABLE \"$dbusername\" (a int)", "COMMENT ON DATABASE $databasename IS 'ours'"])
    try await tenant.provision()
    #expect(try await tenant.provision().1.outcome == .unchanged)
    #expect(
      try await tenant.login().query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        == [[tenant.role.name.name]])
    let fresh = Secret.random()
    try await tenant.admin.rotate(tenant.role.name, of: tenant.role.instance, to: fresh)
    #expect(try await tenant.admin.accepts(fresh, of: tenant.role.name))
    #expect(try await tenant.admin.drop(tenant.database.name, role: tenant.role))
    #expect(try await tenant.admin.drop(tenant.role.name, of: tenant.role.instance))
  }

  @Test func longestNamesAreNotCut() async throws {
    let room = 63 - "longest_alice_".utf8.count
    let tenant = try await TestTenant(
      app: "longest", owner: "alice", username: String(repeating: "u", count: room),
      database: String(repeating: "d", count: room))
    #expect(tenant.role.name.name.utf8.count == 63 && tenant.database.name.name.utf8.count == 63)
    try await tenant.provision()
    #expect(try await tenant.login().query("SELECT current_database()") == [[tenant.database.name.name]])
    await #expect(throws: Problem.self) {
      try await TestTenant(app: "longest", owner: "alice", database: String(repeating: "d", count: room + 1))
    }
  }

  /// What would collide on the server is refused for whoever comes second, before and after the first one is gone.
  @Test(arguments: [
    // x_a + b and x + a_b; a + b_c and a-b + c; upper case.
    ("roles", "a-b", "x", "c", "b", "x_a", "c"), ("databases", "a", "p", "b_c", "a-b", "q", "c"),
    ("cases", "a", "Wiki", "DB", "a", "wiki", "db"),
  ])
  func collidingNamesBelongToWhoeverCameFirst(
    _ names: (String, String, String, String, String, String, String)
  ) async throws {
    let first = try await TestTenant(app: names.0, owner: names.1, username: names.2, database: names.3)
    let second = try await TestTenant(app: names.0, owner: names.4, username: names.5, database: names.6)
    try await first.provision()
    let isSameApp = first.role.instance == second.role.instance
    if isSameApp {
      #expect(try await second.admin.outcome(of: second.role) == .unchanged)
    } else {
      let refused = try await problem { try await second.provision() }
      #expect(refused.code == "postgres-belongs-to-other")
      #expect(refused.exitStatus == .notPermitted)
      #expect(try await first.login().query("SELECT 1") == [["1"]])
    }
    try await first.admin.drop(first.database.name, role: first.role)
    try await first.admin.drop(first.role.name, of: first.role.instance)
    try await second.provision()
    try await second.admin.drop(second.database.name, role: second.role)
    try await second.admin.drop(second.role.name, of: second.role.instance)
  }

  @Test func whoeverIsSecondAtTheSameMomentIsRefusedToo() async throws {
    let first = try await TestTenant(app: "race", owner: "a", username: "p", database: "b_c")
    let second = try await TestTenant(app: "race", owner: "a-b", username: "q", database: "c")
    var codes: [String] = []
    await withTaskGroup(of: String.self) { group in
      for tenant in [first, second] {
        group.addTask {
          do {
            try await tenant.provision()
            return "done"
          } catch { return (error as? Problem)?.code ?? "\(error)" }
        }
      }
      for await code in group { codes.append(code) }
    }
    #expect(codes.sorted() == ["done", "postgres-belongs-to-other"])
  }

  /// A role that only looks like one of ours, or whose comment is made to look so.
  @Test(arguments: [
    "{}", "{\"app\":\"forged\"}", "{\"app\":\"x y\",\"owner\":\"alice\"}", "{\"app\":\"forged\",\"owner\":\"bob\"}",
    "{",
  ])
  func forgedCommentsAdoptNothing(comment: String) async throws {
    let app = "forged\(comment.utf8.count)"
    let tenant = try await TestTenant(app: app, owner: "alice")
    try await tenant.server.asAdministrator(
      "CREATE ROLE u_alice_\(app) LOGIN", "COMMENT ON ROLE u_alice_\(app) IS '\(comment)'")
    #expect(try await problem { try await tenant.provision() }.code == "postgres-belongs-to-other")
    #expect(
      try await problem { _ = try await tenant.admin.drop(tenant.role.name, of: tenant.role.instance) }.code
        == "postgres-belongs-to-other")
    _ = try await tenant.admin.databases()
    _ = try await tenant.admin.check(onRecord: [:])
  }
}
