import Core

/// A login that may make and drop roles and databases. It never runs anything that a tenant wrote.
///
/// A tenant may own the schemas and the settings of the database that this session is in. So what decides how a name
/// in our statements is understood is pinned at login, where it comes before everything a database or role sets.
package struct AdminSession: Sendable {
  let channel: Channel

  package var endpoint: PostgreSQLEndpoint { channel.endpoint }

  /// Logs in.
  /// - Throws: `Problem` `postgres-unreachable` (69), `postgres-authentication-failed` (77), `missing-libpq` (69).
  package static func connect(to endpoint: PostgreSQLEndpoint) async throws -> AdminSession {
    let session = AdminSession(channel: Channel(to: endpoint, settings: pinned))
    try await session.channel.run("connect") { _ in }
    return session
  }

  /// The same login in another database of the same server, which is opened when it is first used.
  func inDatabase(_ database: DatabaseName) -> AdminSession {
    AdminSession(channel: Channel(to: endpoint.inDatabase(database.name), settings: Self.pinned))
  }

  /// Logs out. A session that is only dropped logs out as well, but some time later.
  package func close() async { await channel.close() }

  static let pinned: [(name: String, value: String)] = [
    ("search_path", "pg_catalog,pg_temp"),
    ("role", "none"),
    ("standard_conforming_strings", "on"),
    ("default_transaction_read_only", "off"),
    ("default_transaction_isolation", "read committed"),
    ("default_tablespace", ""),
    ("statement_timeout", "0"),
    ("lock_timeout", "2min"),
    ("idle_in_transaction_session_timeout", "0"),
    ("idle_session_timeout", "0"),
    ("row_security", "on"),
    ("client_min_messages", "error"),
  ]
}

extension AdminSession {
  /// Keeps every other session of olares-cli from working on the objects of `instance` while `body` does.
  /// - Throws: `Problem` `postgres-locked` (busy) when another one does for too long, or what `body` throws.
  func locking<Result>(_ instance: AppInstance, _ body: () async throws -> Result) async throws -> Result {
    // Advisory locks are per database, and tenants cannot get into this one.
    let key = "olares \(instance.namespace)"
    try await channel.run("lock \(instance)") { connection in
      _ = try connection.query("SELECT pg_advisory_lock(hashtextextended($1, 0))", [key])
    }
    do {
      let result = try await body()
      try await channel.run("unlock \(instance)") { connection in
        _ = try connection.query("SELECT pg_advisory_unlock(hashtextextended($1, 0))", [key])
      }
      return result
    } catch {
      // The end of the session is the end of its locks, also where the task was cancelled.
      await close()
      throw error
    }
  }
}

extension Connection {
  /// Runs `body` in a transaction that stays out of the server's log and statistics, as far as this login may decide
  /// that. A setting of a library that is not loaded has no effect.
  @discardableResult
  func secretTransaction<Result>(_ body: () throws -> Result) throws -> Result {
    // Whether all of a transaction is logged is drawn when it begins.
    try query(
      """
      SELECT set_config('log_transaction_sample_rate', '0', false)
      WHERE has_parameter_privilege('log_transaction_sample_rate', 'SET')
      """)
    return try transaction {
      try query(
        """
        SELECT set_config(name, value, true)
        FROM (VALUES ('log_statement', 'none'), ('log_min_error_statement', 'panic'),
          ('log_min_duration_statement', '-1'), ('log_min_duration_sample', '-1'),
          ('pg_stat_statements.track', 'none'), ('pg_stat_statements.track_utility', 'off'),
          ('auto_explain.log_min_duration', '-1'), ('pgaudit.log', 'none')) AS quiet (name, value)
        WHERE has_parameter_privilege(name, 'SET')
        """)
      return try body()
    }
  }
}
