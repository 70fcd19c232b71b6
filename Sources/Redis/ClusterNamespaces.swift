import Core
package import RedisNamespaces

// What becomes of namespaces where nodes come and go.

extension RedisNamespaceService {
  /// Gives a server that is about to become a member the users of all namespaces, so that it has them before it serves.
  /// - Returns: whether something had, or under `dryRun` would have, to be changed.
  package func equip(_ endpoint: RedisEndpoint, dryRun: Bool = false) async throws -> Bool {
    let connection = try await cluster.connection(to: endpoint)
    return try await users.equip(connection, for: known(), dryRun: dryRun).hasChanged
  }

  /// All namespaces, by the registry, or where it is lost by the users of the nodes.
  package func known() async throws -> [NamespaceRecord] {
    do {
      let records = try await list()
      if !records.isEmpty { return records }
    } catch let problem as Problem where problem.isTransient {}
    return try await users.records()
  }

  /// Whether the registry has no entries while there are users of namespaces: it was lost.
  package func hasLostRegistry() async throws -> Bool {
    guard try await list().isEmpty else { return false }
    return try await !users.records().isEmpty
  }

  /// Writes a lost registry anew, by the users of the nodes. Deleted namespaces whose keys were kept have none.
  /// - Returns: how many namespaces it has again.
  package func restoreRegistry() async throws -> Int {
    let records = try await users.records()
    for record in records {
      try await registry.update { content in
        (content.records[record.id.realName] == nil ? .put(record) : .nothing, ())
      }
    }
    return records.count
  }
}
