import Apps
import Configuration
import Core
import PostgreSQL
import SystemPackage
import TestServers
import Testing

/// Faults planted on a server of their own, each found by `db check`.
@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLChecking {
  private static let server = Task { try await PostgreSQLServer() }

  private func machine(_ body: (PostgreSQLMachine) async throws -> Void) async throws {
    try await PostgreSQLMachine.with(try await Self.server.value, body)
  }

  @Test func healthyAppHasNoFindings() async throws {
    try await machine { machine in
      let wiki = try await machine.newApp(databases: ["main", "other"])
      #expect(try await machine.layer.checkPostgreSQL(of: wiki).isEmpty)
      let checked = try await machine.run("check", "--app", "\(wiki.app)", "--owner", "\(wiki.owner)")
      #expect(checked.status == 0)
      #expect(checked.standardOutput.isEmpty)
    }
  }

  @Test func everyPlantedFaultIsFound() async throws {
    try await machine { machine in
      let wiki = try await machine.newApp("faulty")
      let friend = try await machine.newApp("friend")
      let session = try await machine.login(wiki)
      let (role, other) = (try RoleName(username: "app", of: wiki), try RoleName(username: "app", of: friend))
      let database = try DatabaseName(database: "main", of: wiki)
      for statement in [
        "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (1)", "CREATE TABLE \"it's; $(touch x)\" (a int)",
        "INSERT INTO \"it's; $(touch x)\" VALUES (1), (1)", "GRANT CONNECT ON DATABASE \(database) TO \(other)",
      ] {
        _ = try await session.query(statement)
      }
      await #expect(throws: Problem.self) { try await session.query("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)") }
      await #expect(throws: Problem.self) {
        try await session.query("CREATE UNIQUE INDEX CONCURRENTLY \"it's; $(touch y)\" ON \"it's; $(touch x)\" (a)")
      }
      try await machine.server.asAdministrator(
        "ALTER ROLE \(role) CREATEROLE BYPASSRLS", "GRANT pg_read_all_data TO \(role)", "\\connect \(database)",
        "CREATE FUNCTION public.strong() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
      let findings = try await machine.layer.checkPostgreSQL(of: wiki)
      let found = Set(findings.map(\.kind))
      #expect(found == [.powerfulRole, .membership, .openDatabase, .foreignObjects, .invalidIndex])
      let powers = try #require(findings.first { $0.kind == .powerfulRole })
      #expect(powers.message.contains("CREATEROLE BYPASSRLS"))
      #expect(powers.remedy.contains("NOCREATEROLE NOBYPASSRLS"))
      #expect(findings.first { $0.kind == .foreignObjects }?.message.contains("routine strong") == true)
      let indexes = findings.filter { $0.kind == .invalidIndex }
      #expect(indexes.count == 2)
      // Nobody pastes what a tenant chose into a shell.
      #expect(indexes.allSatisfy { !$0.remedy.contains("touch") })
      #expect(indexes.contains { $0.remedy.hasSuffix("-- -c 'REINDEX INDEX CONCURRENTLY public.i'") })
      #expect(findings.allSatisfy { $0.instance == wiki })

      let checked = try await machine.run("check", "--output", "json")
      #expect(checked.status == Core.ExitStatus.partlyDone.rawValue)
      for kind in found { #expect(checked.standardOutput.contains("\"\(kind.rawValue)\"")) }
      let table = try await machine.run("check", "--app", "faulty", "--owner", "\(wiki.owner)")
      #expect(table.standardOutput.contains("hint: as a superuser: REVOKE \"pg_read_all_data\""))
      _ = try await session.query("DELETE FROM t")
      _ = try await session.query("REINDEX INDEX i")
      #expect(try await machine.layer.checkPostgreSQL(of: wiki).count { $0.kind == .invalidIndex } == 1)
      // An older PostgreSQL lets a role give itself away: whoever gets it is told.
      _ = try? await session.query("GRANT \(role) TO \(other)")
      let version = try await machine.layer.postgreSQL().serverVersion()
      if version.major < 16 {
        #expect(try await machine.layer.checkPostgreSQL(of: friend).contains { $0.kind == .membership })
      }
    }
  }

  @Test func recordAndServerAreCompared() async throws {
    try await machine { machine in
      let admin = try await machine.layer.postgreSQL()
      func kinds(_ instance: AppInstance) async throws -> [DatabaseFinding.Kind] {
        try await machine.layer.checkPostgreSQL(of: instance).map(\.kind)
      }
      let forgotten = try await machine.newApp("forgotten")
      try machine.layer.secrets.save(AppSecrets(), of: forgotten)
      #expect(try await kinds(forgotten) == [.databaseWithoutSecret])
      _ = try await machine.layer.rotatePostgreSQLPassword(of: forgotten, dryRun: false)
      #expect(try await kinds(forgotten).isEmpty)

      let lost = try await machine.newApp("lost", databases: ["main", "second"])
      let role = RoleRequest(name: try RoleName(username: "app", of: lost), instance: lost)
      try await admin.drop(DatabaseName(database: "second", of: lost), role: role)
      #expect(try await kinds(lost) == [.secretWithoutDatabase])
      try await admin.drop(DatabaseName(database: "main", of: lost), role: role)
      #expect(try await kinds(lost) == [.secretWithoutDatabase, .roleWithoutDatabase])
      try await admin.drop(role.name, of: lost)
      #expect(try await kinds(lost) == [.secretWithoutDatabase])
      try await machine.drop(lost)
      #expect(try await kinds(lost).isEmpty)

      let closed = try await machine.newApp("closed", databases: ["main", "side"])
      let name = try DatabaseName(database: "main", of: closed)
      _ = try await machine.login(closed, "side").query("ALTER DATABASE \(name) ALLOW_CONNECTIONS false")
      #expect(try await kinds(closed) == [.unfinished])
      #expect(try await machine.give(closed, ["main"]))
      #expect(try await kinds(closed).isEmpty)
    }
  }

  @Test func openServerDatabasesAndDamagedPagesAreFound() async throws {
    // A server of its own, since a damaged page stays in its statistics.
    let server = try await PostgreSQLServer()
    try await PostgreSQLMachine.with(server) { machine in
      let admin = try await machine.layer.postgreSQL()
      #expect(try await machine.layer.checkPostgreSQL(of: nil).map(\.kind) == [.openDatabase, .openDatabase])
      _ = try await admin.secure()
      #expect(try await machine.layer.checkPostgreSQL(of: nil).isEmpty)

      let wiki = try await machine.newApp()
      let name = try DatabaseName(database: "main", of: wiki)
      let session = try await machine.login(wiki)
      _ = try await session.query("CREATE TABLE t AS SELECT generate_series(1, 1000) AS a")
      let relative = try await session.query("SELECT pg_relation_filepath('t')").first?[0]?.split(separator: "/").last
      await session.close()
      // Pages of a copy are not in the server's memory yet.
      try await server.asAdministrator("CREATE DATABASE copy TEMPLATE \(name) STRATEGY file_copy")
      let databases = try Files.names(in: server.cluster.dataDirectory.appending("base")).compactMap { Int($0) }
      let file = server.cluster.dataDirectory.appending("base/\(databases.max() ?? 0)/\(try #require(relative))")
      let descriptor = try FileDescriptor.open(file, .readWrite)
      _ = try descriptor.writeAll(toAbsoluteOffset: 4096, "damaged".utf8)
      try descriptor.close()
      await #expect(throws: (any Error).self) {
        try await server.asAdministrator("\\connect copy", "SELECT count(a) FROM t")
      }
      var kinds: [DatabaseFinding.Kind] = []
      // Statistics are written when the session ends, a moment later.
      for _ in 0..<200 where !kinds.contains(.damagedPages) {
        kinds = try await machine.layer.checkPostgreSQL(of: nil).map(\.kind)
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(kinds.contains(.damagedPages))
    }
    server.stop()
  }
}
