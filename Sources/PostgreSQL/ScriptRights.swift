import Core

extension SQLScript.Statement {
  /// Whether no role of an app may ever run this, as far as the statement's first words tell (PostgreSQL manual, part VI:
  /// reference). False where it depends on what the statement is about, or is hidden in a function or a DO block: then
  /// running it tells.
  /// - Parameter role: the app's own, whose membership it could grant itself.
  func needsAdministrator(asRunBy role: RoleName) -> Bool {
    let third = words.dropFirst(2).first
    switch (words.first, words.dropFirst().first) {
    // A user mapping belongs to a foreign server, which can be the app's.
    case ("CREATE", "ROLE"), ("CREATE", "USER"), ("CREATE", "GROUP"), ("DROP", "ROLE"), ("DROP", "USER"),
      ("DROP", "GROUP"):
      return third != "MAPPING"
    case ("ALTER", "ROLE"), ("ALTER", "USER"): return words.contains(where: Self.powers.contains)
    case ("CREATE", "EVENT"): return third == "TRIGGER"
    case ("CREATE", "ACCESS"): return third == "METHOD"
    case ("CREATE", "FOREIGN"): return third == "DATA"
    case ("GRANT", let granted?):
      return grantsMembership && ![role.quoted, role.name, role.name.uppercased()].contains(granted)
    default: return false
    }
  }

  /// `GRANT role TO …`, with a name that is not quoted; all other grants are `ON` something.
  private var grantsMembership: Bool { words.dropFirst(2).contains("TO") && !words.contains("ON") }

  private static let powers: Set<String> = ["SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS"]
}

extension AdminSession {
  /// Refuses scripts that would be refused when they run, before anything is made for them.
  /// - Throws: `Problem` `script-needs-superuser` (77), or `bad-script` (65).
  func foresee(_ scripts: [String], in database: DatabaseName, as role: RoleName, policy: ProvisioningPolicy)
    throws(Problem)
  {
    for statement in try SQLScript(scripts, database: database, role: role).statements
    where !policy.allowsSuperuserScripts && statement.needsAdministrator(asRunBy: role) {
      throw Problem.needsSuperuser(statement, nil)
    }
  }
}
