package import Core

/// A database of an app, as the server has it.
package struct DatabaseDescription: Sendable, Hashable {
  package let instance: AppInstance
  package let database: DatabaseName
  package let role: RoleName
  package let bytes: Int
  package let connections: Int
  /// Of the role.
  package let connectionLimit: Int
  /// `name=value`, set for the database or for its role in it.
  package let settings: [String]
  /// False where a run that made it was cut off.
  package let isComplete: Bool
  /// Asked for as distributed on a server that could not do that.
  package let awaitsDistribution: Bool
}

/// A role of an app, as the server has it.
package struct RoleDescription: Sendable, Hashable {
  package let instance: AppInstance
  package let role: RoleName
  package let connectionLimit: Int
  /// False where the app was removed and its data kept.
  package let mayLogIn: Bool
}

extension AdminSession {
  /// The databases of all apps, or of one, by owner and app, in one query.
  package func databases(of instance: AppInstance? = nil) async throws -> [DatabaseDescription] {
    let rows = try await channel.run("list databases") { connection in
      try connection.query(
        """
        SELECT shobj_description(r.oid, 'pg_authid'), d.datname, r.rolname, pg_database_size(d.oid),
          (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid), r.rolconnlimit,
          (SELECT string_agg(setting, E'\\n' ORDER BY setting)
            FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
            WHERE s.setdatabase = d.oid AND s.setrole IN (0, r.oid)),
          d.datconnlimit NOT IN (0, -2), \(DatabaseRecord.selection)
        FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
        WHERE starts_with(shobj_description(r.oid, 'pg_authid'), '{')
          AND ($1::text IS NULL OR shobj_description(r.oid, 'pg_authid') = $1)
        ORDER BY d.datname
        """, [instance.map { Ownership($0).comment }])
    }
    return rows.compactMap { row in
      guard let instance = Ownership(comment: row[0])?.instance, let database = row[1], let role = row[2] else {
        return nil
      }
      return DatabaseDescription(
        instance: instance, database: DatabaseName(reported: database), role: RoleName(reported: role),
        bytes: row[3].flatMap { Int($0) } ?? 0, connections: row[4].flatMap { Int($0) } ?? 0,
        connectionLimit: row[5].flatMap { Int($0) } ?? -1,
        settings: (row[6] ?? "").split(separator: "\n").map(String.init), isComplete: row[7] == "t",
        awaitsDistribution: DatabaseRecord(settings: row[8]).distributed == .pending)
    }.sorted { ($0.instance, $0.database) < ($1.instance, $1.database) }
  }

  /// The roles of all apps, or of one, in one query.
  package func roles(of instance: AppInstance? = nil) async throws -> [RoleDescription] {
    let rows = try await channel.run("list roles") { connection in
      try connection.query(
        """
        SELECT shobj_description(oid, 'pg_authid'), rolname, rolconnlimit, rolcanlogin FROM pg_roles
        WHERE starts_with(shobj_description(oid, 'pg_authid'), '{')
          AND ($1::text IS NULL OR shobj_description(oid, 'pg_authid') = $1)
        ORDER BY rolname
        """, [instance.map { Ownership($0).comment }])
    }
    return rows.compactMap { row in
      guard let instance = Ownership(comment: row[0])?.instance, let role = row[1] else { return nil }
      return RoleDescription(
        instance: instance, role: RoleName(reported: role), connectionLimit: row[2].flatMap { Int($0) } ?? -1,
        mayLogIn: row[3] == "t")
    }
  }

  /// The extensions of one app's database, by name, with their versions.
  package func extensions(of database: DatabaseName) async throws -> [(name: ExtensionName, version: String)] {
    let inside = inDatabase(database)
    do {
      let rows = try await inside.channel.run("list the extensions of \(database)") { connection in
        try connection.query("SELECT extname, extversion FROM pg_extension ORDER BY extname")
      }
      await inside.close()
      return rows.map { (ExtensionName(reported: $0[0] ?? ""), $0[1] ?? "") }
    } catch {
      await inside.close()
      throw error
    }
  }
}
