/// The ACL user of a namespace (redis.io, "ACL"): what a client that logged in with the namespace's password may do.
package struct NamespaceUser: Sendable, Hashable {
  package let name: String
  /// SHA-256 in hexadecimal, of each password that it can log in with.
  package let passwordHashes: [String]
  /// As rules, such as `~wiki-alice_db0.1{3f2a9}:*`.
  package let keyPatterns: [String]
  package let channelPatterns: [String]

  /// Nil for a deleted namespace, which has no user.
  package init?(_ record: NamespaceRecord) {
    guard let password = record.password else { return nil }
    name = record.id.realName
    passwordHashes = [password.hexadecimal]
    keyPatterns = ["~\(record.prefix)*"]
    channelPatterns = ["&\(record.prefix)*"]
  }

  /// The rules of `ACL SETUSER`. They begin with `reset`, so that they replace whatever the user was before.
  package var rules: [String] {
    ["reset", "on", "sanitize-payload"] + passwordHashes.map { "#\($0)" } + keyPatterns + ["resetchannels"]
      + channelPatterns + ["-@all"] + NamespaceCommands.allowed.map { "+\($0)" }
  }

  /// Whether a user is that of a namespace: the only keys it can reach start with its own name, which is a real name.
  /// Users that others made do not look so.
  ///
  /// - Parameter keys: its key patterns, as `ACL GETUSER` prints them.
  package static func isNamespaceUser(_ name: String, keys: String) -> Bool {
    NamespaceID(realName: name) != nil && keys.hasPrefix("~\(name).") && !keys.contains(" ")
  }
}
