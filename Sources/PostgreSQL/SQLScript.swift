import Core

/// The statements of a manifest's scripts for one database.
struct SQLScript: Sendable, Hashable {
  struct Statement: Sendable, Hashable {
    /// With the real names in place of the placeholders, without the semicolon.
    let text: String
    /// The first words in upper case, without comments: what kind of statement it is.
    let words: [String]
  }

  let statements: [Statement]

  /// Splits scripts at their semicolons, as psql does: not inside quotes, dollar quotes, comments, parentheses and the
  /// bodies of SQL functions. `$databasename` and `$dbusername` become the real names, quoted where they stand alone.
  ///
  /// - Throws: `Problem` `bad-script` (bad data) where a quote or comment does not end.
  init(_ scripts: [String], database: DatabaseName, role: RoleName) throws(Problem) {
    var scanner = SQLScanner(placeholders: [("$databasename", database.name), ("$dbusername", role.name)])
    for script in scripts { try scanner.scan(script) }
    statements = scanner.finished()
  }
}

extension SQLScript.Statement {
  /// The transaction is ours, so that a script happens as a whole or not at all.
  var beginsOrEndsTransaction: Bool {
    switch words.first {
    case "BEGIN", "COMMIT", "END": true
    case "START": words.dropFirst().first == "TRANSACTION"
    default: false
    }
  }

  var breaksTransaction: Bool {
    switch words.first {
    case "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE": true
    case "PREPARE": words.dropFirst().first == "TRANSACTION"
    default: false
    }
  }

  /// `ALTER EXTENSION … OWNER TO …` occurs in manifests, and PostgreSQL has no such statement.
  var isUnknownToPostgreSQL: Bool {
    words.starts(with: ["ALTER", "EXTENSION"]) && words.dropFirst(3).starts(with: ["OWNER", "TO"])
  }
}
