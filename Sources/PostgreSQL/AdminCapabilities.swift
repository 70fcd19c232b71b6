package import Core

/// What the administrator's account may do. On a server that `prepare` has set up it is a superuser; on somebody
/// else's it may be less.
package struct AdminCapabilities: Sendable, Hashable {
  package let role: String
  package let isSuperuser: Bool
  package let mayCreateRoles: Bool
  package let mayCreateDatabases: Bool
  /// Whether it has the rights of the roles that it is a member of without SET ROLE: it becomes a member of every app's
  /// role, since only such can make and drop a database for it (PostgreSQL manual, CREATE DATABASE).
  package let inheritsRights: Bool
  /// `pg_signal_backend`: sessions of roles other than the apps' own.
  package let maySignalSessions: Bool
  /// `pg_read_all_stats`: statistics of databases that it cannot enter, and the statements of other sessions.
  package let mayReadStatistics: Bool
  /// Whether it can see when files of the data directory were written.
  package let mayReadFileTimes: Bool
  /// Whether it can keep its own statements out of the server's log.
  package let maySilenceLog: Bool

  /// Whether apps can be given databases at all.
  package var suffices: Bool { isSuperuser || (mayCreateRoles && mayCreateDatabases && inheritsRights) }

  /// - Throws: `Problem` `postgres-account-too-weak` (77) where no app could be given a database.
  package func insistOnProvisioning() throws(Problem) {
    guard !suffices else { return }
    throw Problem(
      "postgres-account-too-weak", .notPermitted, "the PostgreSQL account \(role) cannot give databases to apps",
      hint: "as a superuser of that server: ALTER ROLE \(SQLText.identifier(role)) CREATEROLE CREATEDB INHERIT")
  }

  /// What this account cannot do, each a line for people; empty for a superuser. What it cannot close to tenants,
  /// `secure` tells.
  package var limitations: [String] {
    if isSuperuser { return [] }
    var lines = [
      "no extension that only a superuser can create, such as vector or postgis; a superuser has to create it",
      "no script of a manifest that needs a superuser, not even with --allow-superuser-scripts",
    ]
    func add(_ isMissing: Bool, _ line: String) { if isMissing { lines.append(line) } }
    add(!mayCreateRoles, "no role for a new app: it lacks CREATEROLE")
    add(!mayCreateDatabases, "no database for an app: it lacks CREATEDB")
    add(!inheritsRights, "no database for an app: it lacks INHERIT")
    add(!maySignalSessions, "no drop of a database while somebody else than the app is connected to it")
    add(!mayReadStatistics, "no sizes of databases that it cannot enter")
    add(!mayReadFileTimes, "no time of last use of a database")
    add(
      !maySilenceLog,
      "no say in the server's log: where that records statements, it gets SCRAM verifiers (not passwords) of the apps")
    return lines
  }
}

extension AdminSession {
  package func capabilities() async throws -> AdminCapabilities {
    try await channel.run("ask what \(endpoint.user) may do") { connection in
      let row =
        try connection.query(
          """
          SELECT r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolinherit,
            pg_has_role('pg_signal_backend', 'USAGE'), pg_has_role('pg_read_all_stats', 'USAGE'),
            has_function_privilege('pg_ls_dir(text,boolean,boolean)', 'EXECUTE')
              AND has_function_privilege('pg_stat_file(text,boolean)', 'EXECUTE'),
            has_parameter_privilege('log_statement', 'SET') AND has_parameter_privilege('log_min_error_statement', 'SET')
              AND has_parameter_privilege('log_min_duration_statement', 'SET')
          FROM pg_roles r WHERE r.rolname = current_user
          """
        ).first ?? []
      guard row.count == 9 else {
        throw Problem("no-such-role", .failed, "PostgreSQL at \(connection.endpoint) does not know its own user")
      }
      return AdminCapabilities(
        role: row[0] ?? "", isSuperuser: row[1] == "t", mayCreateRoles: row[2] == "t",
        mayCreateDatabases: row[3] == "t", inheritsRights: row[4] == "t", maySignalSessions: row[5] == "t",
        mayReadStatistics: row[6] == "t", mayReadFileTimes: row[7] == "t", maySilenceLog: row[8] == "t")
    }
  }
}

extension Connection {
  func isSuperuser() throws -> Bool {
    try query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").first?[0] == "t"
  }

  /// Gives a lesser administrator the rights that it needs to make, change and drop databases of `role`: those of a
  /// member. From PostgreSQL 16 on a membership says by itself what it is good for.
  func becomeMember(of role: RoleName) throws {
    let hasOptions = serverVersion >= 160_000
    let lacks = "NOT pg_has_role($1, 'USAGE')" + (hasOptions ? " OR NOT pg_has_role($1, 'SET')" : "")
    let rows = try query(
      "SELECT FROM pg_roles WHERE rolname = current_user AND NOT rolsuper AND (\(lacks))", [role.name])
    if rows.isEmpty { return }
    try query("GRANT \(role.quoted) TO CURRENT_USER" + (hasOptions ? " WITH INHERIT TRUE, SET TRUE" : ""))
  }
}
