import Core

/// What we remember about a database: a setting of the administrator's role for that database.
///
/// A tenant can write its database's comment and settings and those of its own role, but not another role's; and
/// the server drops these with the database and keeps them when it is renamed. The setting is `application_name`, since
/// only a superuser can keep one that the server does not know; our own sessions, like those of psql, bring their own.
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
    (SELECT substr(setting, \(prefix.utf8.count + 1)) FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
      WHERE s.setdatabase = d.oid AND s.setrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
        AND starts_with(setting, '\(prefix)'))
    """

  private static let prefix = "application_name=olares "

  /// - Parameter setting: what `selection` gave.
  init(setting: String?) {
    for part in (setting ?? "").split(separator: " ") {
      let words = part.split(separator: "=", maxSplits: 1)
      guard words.count == 2 else { continue }
      switch words[0] {
      case "distributed": distributed = Distribution(rawValue: String(words[1]))
      case "scripts": scriptsDigest = String(words[1])
      default: continue
      }
    }
  }

  /// Nil where there is nothing to remember.
  fileprivate var setting: String? {
    let parts = [distributed.map { "distributed=\($0.rawValue)" }, scriptsDigest.map { "scripts=\($0)" }]
    return self == DatabaseRecord() ? nil : "olares " + parts.compactMap { $0 }.joined(separator: " ")
  }
}

extension AdminSession {
  func write(_ record: DatabaseRecord, replacing old: DatabaseRecord, for database: DatabaseName) async throws {
    guard record != old else { return }
    try await channel.run("record the state of \(database)") { connection in
      let change = record.setting.map { "SET application_name TO \(SQLText.literal($0))" } ?? "RESET application_name"
      _ = try connection.query("ALTER ROLE CURRENT_USER IN DATABASE \(database.quoted) \(change)")
    }
  }

  func digest(of scripts: [String]) async throws -> String {
    try await channel.run("compute a digest") { connection in
      let text = scripts.joined(separator: "\n")
      return try connection.query("SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", [text]).first?[0] ?? ""
    }
  }
}
