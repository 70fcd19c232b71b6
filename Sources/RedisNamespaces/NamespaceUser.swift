/// The ACL user of a namespace (redis.io, "ACL"): what a client that logged in with the namespace's password may do.
package struct NamespaceUser: Sendable, Hashable {
  package let name: String
  /// SHA-256 in hexadecimal, of each password that it can log in with.
  package let passwordHashes: [String]
  /// As rules, such as `~wiki-alice_db0.1{3f2a9}:*`.
  package let keyPatterns: [String]
  package let channelPatterns: [String]

  /// Nil for a deleted namespace, which has no user.
  ///
  /// - Parameter proxyKey: of the proxy that is to log in as this user too; nil where there is none.
  package init?(_ record: NamespaceRecord, proxyKey: ProxyKey? = nil) {
    guard let password = record.password else { return nil }
    name = record.id.realName
    let passwords = [password] + (proxyKey.map { [PasswordHash(of: $0.password(of: record.id))] } ?? [])
    passwordHashes = passwords.map(\.hexadecimal)
    // The proxy's further databases. Without a proxy, nobody has keys there.
    let prefixes = [record.prefix] + (proxyKey == nil ? [] : [record.prefixOfFurtherDatabases])
    keyPatterns = prefixes.map { "~\($0)*" }
    channelPatterns = prefixes.map { "&\($0)*" }
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
    let patterns = keys.split(separator: " ", omittingEmptySubsequences: false)
    return NamespaceID(realName: name) != nil && !patterns.isEmpty && patterns.allSatisfy { $0.hasPrefix("~\(name).") }
  }
}
