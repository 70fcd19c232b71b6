import Core

extension AdminSession {
  /// Drops the app's database with everything in it, ending the sessions it has; one that does not exist is fine.
  /// - Returns: whether there was one.
  /// - Throws: `Problem` `postgres-belongs-to-other` (77), `postgres-in-use` (75) while somebody is connected whom this
  ///   account cannot send away.
  @discardableResult
  package func drop(_ name: DatabaseName, role: RoleRequest) async throws -> Bool {
    try await locking(role.instance) {
      try await channel.run("drop the database \(name)") { connection in
        guard let state = try connection.database(name, of: role) else { return false }
        // A tenant can make its database a template, which cannot be dropped.
        if state.isTemplate { try connection.query("ALTER DATABASE \(name.quoted) IS_TEMPLATE false") }
        if try connection.isSuperuser() {
          try connection.query("DROP DATABASE \(name.quoted) WITH (FORCE)")
        } else {
          try connection.dropAsMember(name, of: role.name)
        }
        return true
      }
    }
  }

  /// Like `drop`, but keeps a database that somebody has put anything into.
  /// - Throws: `Problem` `database-has-data` (not permitted) then, or what `drop` throws.
  package func dropUnused(_ name: DatabaseName, role: RoleRequest) async throws {
    let state = try await channel.run("look up the database \(name)") { try $0.database(name, of: role) }
    guard let state else { return }
    if !state.isRemnant, try await holdsData(name) {
      throw Problem(
        "database-has-data", .notPermitted, "the database \(name) has data in it",
        hint: "if nobody needs that: olares-cli db drop postgres \(role.instance.options) "
          + "--name \(name.writtenName(in: role.instance))")
    }
    try await drop(name, role: role)
  }

  /// Whether a row or a large object was ever stored there, apart from what extensions bring along. Nothing that a
  /// tenant wrote is run.
  private func holdsData(_ name: DatabaseName) async throws -> Bool {
    let inside = inDatabase(name)
    do {
      // A table's file is empty until its first row. Citus has the rows of its tables on other servers.
      let rows = try await inside.channel.run("look for data in \(name)") { connection in
        try connection.query(
          """
          SELECT EXISTS (SELECT FROM pg_largeobject_metadata) OR EXISTS (
            SELECT FROM pg_class c
            WHERE c.oid >= 16384 AND c.relkind IN ('r', 'm')
              AND (pg_relation_size(c.oid) > 0 OR EXISTS (SELECT FROM pg_extension WHERE extname = 'citus'))
              AND NOT EXISTS (SELECT FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
          """)
      }
      await inside.close()
      return rows.first?[0] == "t"
    } catch {
      await inside.close()
      throw error
    }
  }

  /// Takes back what others have granted `role` in their databases: the server keeps a role for as long as anybody's
  /// object mentions it, so any tenant could keep another one from being removed.
  func revokeGrants(to role: RoleName) async throws {
    // Objects of the role are no mere mention: a database with such is left alone, and the role stays. So it does while
    // it owns a database.
    let mentions = try await channel.run("find what \(role) was granted") { connection in
      try connection.query(
        """
        SELECT d.datname FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
        WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1)
          AND NOT EXISTS (SELECT FROM pg_database WHERE datdba = s.refobjid)
        GROUP BY s.dbid, d.datname HAVING bool_and(s.deptype <> 'o') ORDER BY s.dbid
        """, [role.name])
    }
    for database in mentions.map({ $0[0] }) {
      let session = database.map { inDatabase(DatabaseName(reported: $0)) }
      do {
        try await (session ?? self).channel.run("take back what \(role) was granted") { connection in
          _ = try connection.query("DROP OWNED BY \(role.quoted)")
        }
        await session?.close()
      } catch {
        await session?.close()
        throw error
      }
    }
  }
}

extension Connection {
  /// As `WITH (FORCE)` does it for a superuser. That would refuse as soon as there is one session that this account may
  /// not end, and such can be the server's own cleaning up, which ends for a DROP DATABASE by itself.
  fileprivate func dropAsMember(_ name: DatabaseName, of role: RoleName) throws {
    try becomeMember(of: role)
    try query("ALTER DATABASE \(name.quoted) CONNECTION LIMIT 0")
    try query(
      """
      SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE datname = $1 AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        AND NOT (SELECT rolsuper FROM pg_roles WHERE oid = usesysid)
        AND (pg_has_role(usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))
      """, [name.name])
    try query("DROP DATABASE \(name.quoted)")
  }
}
