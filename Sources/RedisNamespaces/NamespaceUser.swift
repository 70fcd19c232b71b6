/// The ACL user of a namespace (redis.io, "ACL"): what a client that logged in with the namespace's password may do.
package struct NamespaceUser: Sendable, Hashable {
  package let name: String
  /// The rules of `ACL SETUSER`. They begin with `reset`, so that they replace whatever the user was before.
  package let rules: [String]

  /// Nil for a deleted namespace, which has no user.
  package init?(_ record: NamespaceRecord) {
    guard let password = record.password else { return nil }
    name = record.id.realName
    rules =
      ["reset", "on", "sanitize-payload", "#\(password.hexadecimal)", "~\(record.prefix)*", "resetchannels"]
      + ["&\(record.prefix)*", "-@all"] + NamespaceCommands.allowed.map { "+\($0)" }
  }

  /// Whether words that describe a user, from `ACL LIST` or `ACL GETUSER`, say exactly these rules, in whatever order.
  package func isDescribed(by words: Set<String>) -> Bool {
    words.subtracting(["resetchannels"]) == Set(rules).subtracting(["reset", "resetchannels"])
  }

  /// Whether the words describe the user of a namespace: the only keys it can reach start with its own name, which is a
  /// real name. Users that others made do not look so.
  package static func isNamespaceUser(_ name: String, describedBy words: Set<String>) -> Bool {
    guard NamespaceID(realName: name) != nil else { return false }
    let patterns = words.filter { word in "~%(".contains { word.hasPrefix(String($0)) } || word == "allkeys" }
    return patterns.count == 1 && patterns.allSatisfy { $0.hasPrefix("~\(name).") }
  }
}
