import TestServers

/// Where the proxy differs from a standalone Redis on purpose, or because a cluster cannot do it. The oracle leaves these out,
/// so that it finds all others. README says them to users.
enum DocumentedDifferences {
  /// A script is run by the namespace's own user, who may not look at the key space as a whole.
  static let scripts = OracleScripts.all.filter { script in
    !["'KEYS'", "'SCAN'", "'DBSIZE'", "'SELECT'", "'CONFIG'"].contains { script.text.contains($0) }
  }

  /// Messages of shards come from the node of their slot, others from any node: their order among each other is not
  /// defined.
  static func isOfShard(_ message: RawReply) -> Bool { message.children?.first?.text == "smessage" }

  // A request has at most 1,048,576 arguments; Redis 7.0 itself takes as many as fit into memory.

  // An empty channel is not matched by the pattern `*` in Redis; upstream it has a prefix and is.
}
