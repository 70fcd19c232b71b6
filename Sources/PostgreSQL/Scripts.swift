import Core
import Synchronization

extension AdminSession {
  /// Runs a manifest's scripts as the app's own role.
  ///
  /// - Returns: warnings, each a line for people.
  /// - Throws: `Problem` `script-needs-superuser` (77), `script-failed` or `bad-script` (65); nothing of the scripts
  ///   has happened then.
  func run(
    _ scripts: [String], in database: DatabaseName, as role: RoleName, password: Secret, policy: ProvisioningPolicy
  ) async throws -> [String] {
    var warnings: [String] = []
    var statements: [SQLScript.Statement] = []
    for statement in try SQLScript(scripts, database: database, role: role).statements {
      if statement.beginsOrEndsTransaction { continue }
      if statement.breaksTransaction {
        throw Problem(
          "bad-script", .badData, "a script of the manifest ends its transaction in the middle",
          hint: "remove the statement: \(statement.text.shortened(to: 400))")
      }
      if statement.isUnknownToPostgreSQL {
        warnings.append("PostgreSQL has no such statement, skipped: \(statement.text.shortened(to: 400))")
      } else {
        statements.append(statement)
      }
    }
    if statements.isEmpty { return warnings }
    let tenant = try await TenantSession.connect(to: endpoint, role: role, password: password, database: database)
    let refused = Mutex<[SQLScript.Statement]>([])
    do {
      try await tenant.run(statements) { statement, error in
        guard policy.allowsSuperuserScripts else { throw Problem.needsSuperuser(statement, error) }
        refused.withLock { $0.append(statement) }
      }
      await tenant.close()
    } catch {
      await tenant.close()
      throw error
    }
    let privileged = refused.withLock { $0 }
    try await runAsAdministrator(privileged, in: database)
    return warnings + privileged.map { "run as the administrator: \($0.text.shortened(to: 400))" }
  }

  /// The one exception from what this session promises, for somebody who asked for it by `--allow-superuser-scripts`.
  private func runAsAdministrator(_ statements: [SQLScript.Statement], in database: DatabaseName) async throws {
    if statements.isEmpty { return }
    let inside = inDatabase(database)
    do {
      try await inside.channel.run("run the manifest's scripts as the administrator") { connection in
        try connection.transaction { for statement in statements { try connection.execute(statement.text) } }
      }
      await inside.close()
    } catch {
      await inside.close()
      throw error
    }
  }
}

extension Problem {
  /// - Parameter error: what the server said; nil where it was not asked.
  static func needsSuperuser(_ statement: SQLScript.Statement, _ error: ServerError?) -> Problem {
    Problem(
      "script-needs-superuser", .notPermitted,
      "a script of the manifest needs the administrator's rights: \(statement.text.shortened(to: 400))",
      hint: "if you trust this app with the whole server: --allow-superuser-scripts", cause: error?.message)
  }
}
