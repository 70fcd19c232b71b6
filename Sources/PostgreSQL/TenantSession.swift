package import Core

/// A login as an app's own role: whatever it runs can do what the app could do anyway, and no more. (`SET ROLE` as
/// the administrator would not be that: `RESET ROLE` undoes it.)
package struct TenantSession: Sendable {
  let channel: Channel

  /// Logs in as `role`.
  /// - Throws: `Problem`; `postgres-authentication-failed` (77) where the password is not the role's.
  package static func connect(
    to server: PostgreSQLEndpoint, role: RoleName, password: Secret, database: DatabaseName
  ) async throws -> TenantSession {
    let endpoint = server.login(user: role.name, password: password, database: database.name)
    let session = TenantSession(channel: Channel(to: endpoint, settings: [("client_min_messages", "error")]))
    try await session.channel.run("log in as \(role)") { _ in }
    return session
  }

  package func close() async { await channel.close() }

  /// Runs one statement and returns its rows as text.
  package func query(_ statement: String, _ parameters: [String?] = []) async throws -> [[String?]] {
    try await channel.run("run a statement") { try $0.query(statement, parameters) }
  }

  /// Runs a script in one transaction.
  ///
  /// - Parameter refused: called with each statement that needs more rights than the role has, and its error; what it
  ///   throws takes the whole script back, otherwise the script goes on without that statement.
  func run(
    _ statements: [SQLScript.Statement],
    refused: @Sendable (SQLScript.Statement, ServerError) throws -> Void
  ) async throws {
    try await channel.run("run the manifest's scripts") { connection in
      try connection.transaction {
        for statement in statements {
          try connection.query("SAVEPOINT statement")
          do {
            try connection.execute(statement.text)
            try connection.query("RELEASE SAVEPOINT statement")
          } catch let error as ServerError where error.state == .insufficientPrivilege {
            try refused(statement, error)
            try connection.query("ROLLBACK TO SAVEPOINT statement")
          } catch let error as ServerError where error.state != nil {
            throw Problem(
              "script-failed", .badData, "a script of the manifest failed in \(connection.endpoint.database)",
              hint: "the statement: \(statement.text.shortened(to: 400))", cause: error.message)
          }
        }
      }
    }
  }
}
