import Core
package import FoundationEssentials

/// The version of a server.
package struct ServerVersion: Sendable, Hashable, Comparable, Encodable, CustomStringConvertible {
  /// As libpq reports it: 150020 for 15.20.
  package let number: Int

  package init(number: Int) { self.number = number }

  package var major: Int { number / 10_000 }
  package var description: String { "\(major).\(number % 10_000)" }
  package static func < (left: ServerVersion, right: ServerVersion) -> Bool { left.number < right.number }
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// What `status` shows of a server.
package struct ServerFacts: Sendable, Hashable, Encodable {
  package let version: ServerVersion
  package let startedAt: Date
  /// Those of apps; not the server's own, nor any that others have on it.
  package let databases: Int
  /// Of the databases that this account may look at: all of them for a superuser.
  package let bytes: Int
  package let connections: Int
  package let connectionLimit: Int
  package let hasDataChecksums: Bool
  /// Pages that failed their checksum since the server's statistics began.
  package let checksumFailures: Int
}

extension AdminSession {
  package func serverVersion() async throws -> ServerVersion {
    try await channel.run("ask for the version") { ServerVersion(number: $0.serverVersion) }
  }

  package func facts() async throws -> ServerFacts {
    try await channel.run("ask for the server's state") { connection in
      let row =
        try connection.query(
          """
          SELECT extract(epoch FROM pg_postmaster_start_time()),
            (SELECT count(*) FROM pg_database WHERE \(Ownership.isRecorded("datdba"))),
            (SELECT coalesce(sum(\(DatabaseDescription.size)), 0) FROM pg_database d),
            (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
            current_setting('max_connections'), current_setting('data_checksums') = 'on',
            (SELECT coalesce(sum(checksum_failures), 0) FROM pg_stat_database)
          """
        ).first ?? []
      func number(_ column: Int) -> Int { row[column].flatMap { Int($0) } ?? 0 }
      return ServerFacts(
        version: ServerVersion(number: connection.serverVersion),
        startedAt: Date(timeIntervalSince1970: row[0].flatMap { Double($0) } ?? 0), databases: number(1),
        bytes: number(2), connections: number(3), connectionLimit: number(4), hasDataChecksums: row[5] == "t",
        checksumFailures: number(6))
    }
  }

  /// Closes the databases that tenants have no business in, since every role may enter those by default. What this
  /// account cannot close is warned about.
  /// - Parameter dryRun: whether to change nothing, and only tell what would come of it.
  package func secure(dryRun: Bool = false) async throws -> SecuringOutcome {
    try await channel.run("close the server's own databases to tenants") { connection in
      let open = try connection.query(
        """
        SELECT datname, pg_has_role(datdba, 'USAGE') FROM pg_database
        WHERE datname IN ('postgres', 'template1', current_database())
          AND (has_database_privilege('public', oid, 'CONNECT') OR has_database_privilege('public', oid, 'TEMPORARY'))
        """)
      var result = SecuringOutcome(outcome: .unchanged)
      for row in open {
        let name = row[0] ?? ""
        if row[1] == "t" {
          if !dryRun { try connection.query(Connection.revocation(of: name)) }
          result.outcome = .changed
        } else {
          result.warnings.append(
            "every app can enter the database \(name), which \(connection.endpoint.user) cannot close; "
              + "as a superuser: \(connection.closingStatements(for: name))")
        }
      }
      return result
    }
  }
}

extension Connection {
  fileprivate static func revocation(of database: String) -> String {
    "REVOKE CONNECT, TEMPORARY ON DATABASE \(SQLText.identifier(database)) FROM PUBLIC"
  }

  /// What closes a database to tenants, for people: without being its owner we may be in it by the right of PUBLIC only.
  func closingStatements(for database: String) -> String {
    let revocation = Self.revocation(of: database)
    guard database == endpoint.database else { return revocation }
    let user = SQLText.identifier(endpoint.user)
    return "GRANT CONNECT ON DATABASE \(SQLText.identifier(database)) TO \(user); \(revocation)"
  }
}

/// What closing the server's own databases came to.
package struct SecuringOutcome: Sendable, Hashable {
  package var outcome: Outcome
  /// What is still open, each a line for people.
  package var warnings: [String] = []
}
