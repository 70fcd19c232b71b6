import Core

/// What we remember about a database: settings of the administrator's role for that database.
///
/// A tenant can write its database's comment and settings and those of its own role, but not another role's; and
/// the server drops these with the database and keeps them when it is renamed.
struct DatabaseRecord: Hashable, Sendable {
  enum Distribution: String, Sendable {
    /// Spread over the nodes of Citus.
    case active
    /// Asked for, on a server without Citus.
    case pending
  }

  var distributed: Distribution?
  /// SHA-256 of the manifest's scripts as they last ran.
  var scriptsDigest: String?

  init(distributed: Distribution? = nil, scriptsDigest: String? = nil) {
    self.distributed = distributed
    self.scriptsDigest = scriptsDigest
  }

  /// A column expression for a query with `pg_database d`.
  static let selection = """
    (SELECT string_agg(setting, ' ') FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
      WHERE s.setdatabase = d.oid AND s.setrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
        AND starts_with(setting, 'olares.'))
    """

  init(settings: String?) {
    for setting in (settings ?? "").split(separator: " ") {
      let parts = setting.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "olares.distributed": distributed = Distribution(rawValue: String(parts[1]))
      case "olares.scripts": scriptsDigest = String(parts[1])
      default: continue
      }
    }
  }

  fileprivate var settings: [(String, String?)] {
    [("olares.distributed", distributed?.rawValue), ("olares.scripts", scriptsDigest)]
  }
}

extension AdminSession {
  func write(_ record: DatabaseRecord, replacing old: DatabaseRecord, for database: DatabaseName) async throws {
    guard record != old else { return }
    try await channel.run("record the state of \(database)") { connection in
      try connection.transaction {
        for (name, value) in record.settings {
          let change = value.map { "SET \(name) TO \(SQLText.literal($0))" } ?? "RESET \(name)"
          try connection.query("ALTER ROLE CURRENT_USER IN DATABASE \(database.quoted) \(change)")
        }
      }
    }
  }

  func digest(of scripts: [String]) async throws -> String {
    try await channel.run("compute a digest") { connection in
      let text = scripts.joined(separator: "\n")
      return try connection.query("SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", [text]).first?[0] ?? ""
    }
  }
}
