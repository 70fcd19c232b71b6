import Configuration
import Core
import PostgreSQL
import TestServers
import Testing

@testable import Apps

@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLRemoval {
  private func machine(_ body: (PostgreSQLMachine) async throws -> Void) async throws {
    try await PostgreSQLMachine.with(try await .shared(), body)
  }

  @Test func lastDatabaseTakesRoleAndSecretsAlong() async throws {
    try await machine { machine in
      let wiki = try await machine.newApp(databases: ["main", "Audit-Log"])
      let session = try await machine.login(wiki)
      try await machine.drop(wiki, ["Audit-Log"])
      #expect(try machine.layer.secrets.secrets(of: wiki).postgres?.databases.keys.sorted() == ["main"])
      #expect(try await session.query("SELECT 1") == [["1"]])
      try await machine.drop(wiki, ["Audit-Log"])
      #expect(try await machine.layer.databaseRemoval(of: wiki, names: ["Audit-Log"]).isEmpty)

      let removal = try await machine.layer.databaseRemoval(of: wiki, names: [])
      #expect(removal.databases.map(\.connections) == [1])
      #expect((removal.databases.first?.bytes ?? 0) > 1_000_000)
      try await machine.layer.carryOut(removal)
      await #expect(throws: Problem.self) { try await session.query("SELECT 1") }
      #expect(try await machine.layer.postgreSQL().roles(of: wiki).isEmpty)
      #expect(try !machine.layer.secrets.instances().contains(wiki))
      #expect(try await machine.layer.databaseRemoval(of: wiki, names: []).isEmpty)
      try await machine.layer.carryOut(removal)
      // And everything can be had again.
      #expect(try await machine.give(wiki, ["main"]))
    }
  }

  /// What a run leaves that is killed after each of its steps.
  @Test(arguments: ["database", "record", "role"])
  func cutOffRemovalIsFinished(after step: String) async throws {
    try await machine { machine in
      let wiki = try await machine.newApp()
      let admin = try await machine.layer.postgreSQL()
      let role = RoleRequest(name: try RoleName(username: "app", of: wiki), instance: wiki)
      try await admin.drop(DatabaseName(database: "main", of: wiki), role: role)
      if step != "database" {
        var kept = try machine.layer.secrets.secrets(of: wiki)
        kept.postgres?.databases = [:]
        try machine.layer.secrets.save(kept, of: wiki)
      }
      if step == "role" { try await admin.drop(role.name, of: wiki) }
      #expect(try await !machine.layer.databaseRemoval(of: wiki, names: []).isEmpty)
      try await machine.drop(wiki)
      #expect(try await admin.roles(of: wiki).isEmpty)
      #expect(try !machine.layer.secrets.instances().contains(wiki))
      #expect(try await machine.layer.databaseRemoval(of: wiki, names: []).isEmpty)
    }
  }

  @Test func databaseMadeMeanwhileStays() async throws {
    try await machine { machine in
      let wiki = try await machine.newApp()
      let removal = try await machine.layer.databaseRemoval(of: wiki, names: [])
      #expect(try await machine.give(wiki, ["second"]))
      try await machine.layer.carryOut(removal)
      #expect(try machine.layer.secrets.secrets(of: wiki).postgres?.databases.keys.sorted() == ["second"])
      #expect(try await machine.login(wiki, "second").query("SELECT 1") == [["1"]])
    }
  }

  @Test func anothersDatabaseIsNotReached() async throws {
    try await machine { machine in
      let victim = try await machine.newApp("same", databases: ["b_c"])
      // same-OWNER + b_c is same-OWNER-b + c.
      let other = AppInstance(app: victim.app, owner: try Owner("\(victim.owner)-b"))
      #expect(try await machine.layer.databaseRemoval(of: other, names: ["c"]).isEmpty)
      let forged = DatabaseRemoval(
        instance: other, databases: try await machine.layer.postgreSQL().databases(of: victim), forgotten: [],
        roles: [try RoleName(username: "app", of: victim)], endsAccount: true)
      let refused = try await problem { try await machine.layer.carryOut(forged) }
      #expect(refused.code == "postgres-belongs-to-other")
      #expect(try await machine.login(victim, "b_c").query("SELECT 1") == [["1"]])
    }
  }

  @Test func tenantCannotKeepItsDatabaseOrAnothersRole() async throws {
    try await machine { machine in
      let stubborn = try await machine.newApp("stubborn", databases: ["main", "side"])
      let victim = try await machine.newApp("victim")
      let session = try await machine.login(stubborn)
      let mine = try DatabaseName(database: "main", of: stubborn)
      let theirs = try RoleName(username: "app", of: victim)
      for statement in [
        "CREATE TABLE t (a int)", "GRANT SELECT ON t TO \(theirs)", "CREATE POLICY p ON t TO \(theirs)",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO \(theirs)",
        "GRANT CONNECT ON DATABASE \(mine) TO \(theirs)",
        "ALTER DATABASE \(mine) IS_TEMPLATE true",
      ] {
        _ = try await session.query(statement)
      }
      try await machine.drop(victim)
      #expect(try await machine.layer.postgreSQL().roles(of: victim).isEmpty)
      // The database that mentioned it is as it was otherwise.
      #expect(try await session.query("SELECT count(*) FROM t") == [["0"]])
      // Of the database it is in, the server refuses this.
      let side = try await machine.login(stubborn, "side")
      _ = try await side.query("ALTER DATABASE \(mine) ALLOW_CONNECTIONS false")
      #expect(try await machine.give(stubborn, ["main"]))
      #expect(try await machine.login(stubborn).query("SELECT 1") == [["1"]])
      #expect(try await machine.layer.postgreSQL().databases(of: stubborn).map(\.isComplete) == [true, true])
      _ = try await side.query("ALTER DATABASE \(mine) IS_TEMPLATE true ALLOW_CONNECTIONS false")
      try await machine.drop(stubborn)
      #expect(try await machine.layer.postgreSQL().roles(of: stubborn).isEmpty)
    }
  }

  @Test func commandShowsAsksAndRefusesWithoutAnAnswer() async throws {
    try await machine { machine in
      let wiki = try await machine.newApp()
      let words = (app: "\(wiki.app)", owner: "\(wiki.owner)")
      let refused = try await machine.run("drop", "postgres", "--app", words.app, "--owner", words.owner)
      #expect(refused.status == Core.ExitStatus.usage.rawValue)
      #expect(refused.standardOutput.contains("wiki_\(wiki.owner)_main"))
      #expect(refused.standardError.contains("--yes"))
      let planned = try await machine.run("drop", "--app", words.app, "--owner", words.owner, "--dry-run")
      #expect(planned.status == 0)
      #expect(planned.standardOutput.contains("app_\(wiki.owner)_wiki"))
      #expect(try await machine.login(wiki).query("SELECT 1") == [["1"]])
      for expected in ["Deleted.", "Nothing to do"] {
        let done = try await machine.run("drop", "--app", words.app, "--owner", words.owner, "--yes")
        #expect(done.status == 0)
        #expect(done.standardError.contains(expected))
      }
    }
  }
}
