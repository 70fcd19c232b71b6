package import Core
package import FoundationEssentials

/// A database of an app, as the server has it.
package struct DatabaseDescription: Sendable, Hashable {
  package let instance: AppInstance
  package let database: DatabaseName
  package let role: RoleName
  /// Nil where this account may not look.
  package let bytes: Int?
  /// Those of clients that are open now.
  package let connections: Int
  /// Of the role.
  package let limits: RoleLimits
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
  package let limits: RoleLimits
  /// False where the app was removed and its data kept.
  package let mayLogIn: Bool
}

extension DatabaseDescription {
  /// A column expression for a query with `pg_database d`: asking for the size of a database that one may not enter is
  /// an error.
  static let size = """
    CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
      THEN pg_database_size(d.oid) END
    """
}

extension AdminSession {
  /// The databases of all apps, or of one, by owner and app, in one query.
  package func databases(of instance: AppInstance? = nil) async throws -> [DatabaseDescription] {
    let rows = try await channel.run("list databases") { connection in
      try connection.query(
        """
        SELECT shobj_description(r.oid, 'pg_authid'), d.datname, r.rolname, \(DatabaseDescription.size),
          coalesce(a.count, 0), \(RoleLimits.selection),
          (SELECT string_agg(setting, E'\\n' ORDER BY setting)
            FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
            WHERE s.setdatabase = d.oid AND s.setrole IN (0, r.oid)),
          d.datconnlimit NOT IN (0, -2), \(DatabaseRecord.selection)
        FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
          LEFT JOIN (SELECT datid, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1) a
            ON a.datid = d.oid
        WHERE \(Ownership.isRecorded("r.oid"))
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
        bytes: row[3].flatMap { Int($0) }, connections: row[4].flatMap { Int($0) } ?? 0,
        limits: RoleLimits(reported: row[5], row[6]),
        settings: (row[7] ?? "").split(separator: "\n").map(String.init), isComplete: row[8] == "t",
        awaitsDistribution: DatabaseRecord(setting: row[9]).distributed == .pending)
    }.sorted { ($0.instance, $0.database) < ($1.instance, $1.database) }
  }

  /// The roles of all apps, or of one, in one query.
  package func roles(of instance: AppInstance? = nil) async throws -> [RoleDescription] {
    let rows = try await channel.run("list roles") { connection in
      try connection.query(
        """
        SELECT shobj_description(r.oid, 'pg_authid'), r.rolname, \(RoleLimits.selection), r.rolcanlogin
        FROM pg_roles r
        WHERE \(Ownership.isRecorded("r.oid"))
          AND ($1::text IS NULL OR shobj_description(r.oid, 'pg_authid') = $1)
        ORDER BY rolname
        """, [instance.map { Ownership($0).comment }])
    }
    return rows.compactMap { row in
      guard let instance = Ownership(comment: row[0])?.instance, let role = row[1] else { return nil }
      return RoleDescription(
        instance: instance, role: RoleName(reported: role), limits: RoleLimits(reported: row[2], row[3]),
        mayLogIn: row[4] == "t")
    }
  }

  /// When a file of each of these databases was last written, which is the nearest to a last use that the server knows:
  /// reading leaves no trace, what is written gets to its file with the next checkpoint, and the server's own cleaning up
  /// writes as well. Empty where this account may not look.
  package func lastWrites(to databases: [DatabaseName]) async throws -> [DatabaseName: Date] {
    guard !databases.isEmpty, try await capabilities().mayReadFileTimes else { return [:] }
    let rows = try await channel.run("look when databases were written") { connection in
      try connection.query(
        """
        SELECT d.datname, extract(epoch FROM max(s.modification))
        FROM pg_database d
          CROSS JOIN LATERAL pg_ls_dir('base/' || d.oid, true, false) AS file (name)
          CROSS JOIN LATERAL pg_stat_file('base/' || d.oid || '/' || file.name, true) AS s
        WHERE d.datname = ANY ($1::name[])
        GROUP BY d.datname
        """, ["{\(databases.map(\.quoted).joined(separator: ","))}"])
    }
    var times: [DatabaseName: Date] = [:]
    for row in rows {
      guard let name = row[0], let seconds = row[1].flatMap({ Double($0) }) else { continue }
      times[DatabaseName(reported: name)] = Date(timeIntervalSince1970: seconds)
    }
    return times
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
