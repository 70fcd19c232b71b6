package import Core
package import RedisNamespaces

/// Creates, changes and deletes the namespaces of a Redis Cluster. Nothing of it needs a restart of anything.
package struct RedisNamespaceService: Sendable {
  package let cluster: RedisCluster
  let registry: NamespaceRegistry
  let users: NamespaceUsers

  /// - Parameter proxyKey: of the proxy that logs in as the namespaces' users; nil where there is none.
  package init(cluster: RedisCluster, proxyKey: ProxyKey? = nil) {
    self.cluster = cluster
    registry = NamespaceRegistry(cluster: cluster)
    users = NamespaceUsers(cluster: cluster, proxyKey: proxyKey)
  }

  /// The result of a change.
  package struct Change: Sendable {
    /// Nil once nothing is left of the namespace.
    package let record: NamespaceRecord?
    /// False where everything was so already.
    package let hasChanged: Bool
    /// For people: what did not reach every node.
    package let warnings: [String]

    package init(record: NamespaceRecord?, hasChanged: Bool, warnings: [String]) {
      self.record = record
      self.hasChanged = hasChanged
      self.warnings = warnings
    }
  }

  /// All namespaces, also deleted ones whose keys are kept, by owner, app and name.
  package func list() async throws -> [NamespaceRecord] {
    try await registry.read().records.values.sorted { $0.id < $1.id }
  }

  /// Those of one app instance.
  package func list(of instance: AppInstance) async throws -> [NamespaceRecord] {
    try await registry.records(of: instance).sorted { $0.id < $1.id }
  }

  package func find(_ id: NamespaceID) async throws -> NamespaceRecord? {
    try await registry.find(id)
  }

  /// - Throws: `Problem` `no-such-namespace`.
  package func get(_ id: NamespaceID) async throws -> NamespaceRecord {
    guard let record = try await find(id) else { throw Self.missing(id) }
    return record
  }

  /// The record that `create` will find; nil for a new namespace.
  /// - Throws: `Problem` `namespace-placement-differs`, `namespace-has-data`, `foreign-redis-user`.
  package func foresee(_ id: NamespaceID, spread: Bool, adopting: Bool) async throws -> NamespaceRecord? {
    let record = try await find(id)
    if let record {
      try Self.refuseOtherPlacement(of: record, spread: spread)
      if record.password == nil, !adopting, try await NamespaceKeys(cluster: cluster, record: record).exist() {
        throw Problem(
          "namespace-has-data", .notPermitted, "the namespace \(id) was deleted and its keys were kept",
          hint: "take them over: --adopt", "remove them: olares-cli redis ns delete \(id.asOptions) --purge")
      }
    }
    try await users.refuseForeign(id)
    return record
  }

  /// Makes the namespace usable with `password`.
  ///
  /// - Parameters:
  ///   - spread: over all slots; by default all keys share one slot, which no other namespace has. A namespace that is
  ///     spread stays so.
  ///   - adopting: takes over the keys that a deleted namespace of the same name left behind.
  /// - Throws: `Problem` `namespace-password-differs`, `namespace-placement-differs`, `namespace-has-data`,
  ///   `namespace-password-in-use`, `no-free-slot`, `foreign-redis-user`; then nothing was changed.
  package func create(
    _ id: NamespaceID, password: Secret, spread: Bool = false, adopting: Bool = false
  ) async throws -> Change {
    let hash = PasswordHash(of: password)
    let present = try await foresee(id, spread: spread, adopting: adopting)
    let (record, isNew) =
      if let present, present.password == hash {
        (present, false)
      } else {
        try await registry.update { content -> (NamespaceRegistry.Edit, (NamespaceRecord, Bool)) in
          let record = try Self.record(for: id, hash, spread: spread, among: content.records)
          return content.records[id.realName] == record ? (.nothing, (record, false)) : (.put(record), (record, true))
        }
      }
    guard let user = users.user(of: record) else { throw Self.missing(id) }
    let outcome: NamespaceUsers.Outcome
    do {
      outcome = try await users.set([user])
    } catch {
      // A half-made namespace would block its own name.
      if isNew { _ = try? await delete(id) }
      throw error
    }
    return Change(record: record, hasChanged: isNew || outcome.hasChanged, warnings: outcome.warnings)
  }

  private static func refuseOtherPlacement(of record: NamespaceRecord, spread: Bool) throws(Problem) {
    guard spread, record.placement != .spread else { return }
    throw Problem(
      "namespace-placement-differs", .cannotCreate, "the namespace \(record.id) exists in one slot",
      hint: "leave out --spread",
      "start anew without its keys: olares-cli redis ns delete \(record.id.asOptions) --purge")
  }

  /// The record that `create` would write.
  private static func record(
    for id: NamespaceID, _ hash: PasswordHash, spread: Bool, among records: [String: NamespaceRecord]
  ) throws(Problem) -> NamespaceRecord {
    if records.values.contains(where: { $0.password == hash && $0.id != id }) {
      throw passwordInUse
    }
    if var record = records[id.realName] {
      try refuseOtherPlacement(of: record, spread: spread)
      guard record.password == nil || record.password == hash else {
        throw Problem(
          "namespace-password-differs", .notPermitted, "the namespace \(id) exists with another password",
          hint: "give it a new one: olares-cli redis ns rotate \(id.asOptions)")
      }
      record.password = hash
      return record
    }
    if spread { return NamespaceRecord(id: id, placement: .spread, password: hash) }
    var generator = SystemRandomNumberGenerator()
    let taken = Set(records.values.compactMap(\.placement.slot) + [NamespaceRecord.registrySlot])
    guard let tag = HashTag.unused(taken, using: &generator) else {
      throw Problem(
        "no-free-slot", .cannotCreate, "every slot of the Redis Cluster has a namespace already",
        hint: "spread this one over all slots: --spread")
    }
    return NamespaceRecord(id: id, placement: .oneSlot(tag), password: hash)
  }

  /// Gives the namespace a new password, and ends the connections that were made with the old one.
  /// - Throws: `Problem` `no-such-namespace`, `namespace-password-in-use`.
  package func rotate(_ id: NamespaceID, password: Secret) async throws -> Change {
    let hash = PasswordHash(of: password)
    let (record, isNew) = try await registry.update { content -> (NamespaceRegistry.Edit, (NamespaceRecord, Bool)) in
      guard var record = content.records[id.realName], let present = record.password else { throw Self.missing(id) }
      if content.records.values.contains(where: { $0.password == hash && $0.id != id }) {
        throw Self.passwordInUse
      }
      record.password = hash
      return present == hash ? (.nothing, (record, false)) : (.put(record), (record, true))
    }
    guard let user = users.user(of: record) else { throw Self.missing(id) }
    let outcome = try await users.set([user])
    return Change(record: record, hasChanged: isNew || outcome.hasChanged, warnings: outcome.warnings)
  }

  /// Limits how much the namespace may take through proxies, which do so at once.
  ///
  /// - Parameter dryRun: only finds out what would change.
  /// - Throws: `Problem` `no-such-namespace`.
  package func limit(_ id: NamespaceID, to change: NamespaceLimits.Change, dryRun: Bool = false) async throws -> Change
  {
    try await registry.update { content in
      guard var record = content.records[id.realName] else { throw Self.missing(id) }
      let limits = record.limits.changed(by: change)
      let hasChanged = limits != record.limits
      record.limits = limits
      return (
        hasChanged && !dryRun ? .put(record) : .nothing, Change(record: record, hasChanged: hasChanged, warnings: [])
      )
    }
  }

  /// Takes the namespace from its app: nobody can log in any more, and open connections end. Its keys stay, and with
  /// them its name and its slot, unless it has none. Interrupted, it goes on when it is called again.
  ///
  /// - Parameter whenClosed: called as soon as nobody can log in any more: its password is worth nothing from then on.
  /// - Throws: `Problem`; where the registry cannot be reached, nothing was changed.
  package func delete(
    _ id: NamespaceID, whenClosed: @Sendable () async throws -> Void = {}
  ) async throws -> Change {
    let (closed, outcome) = try await close(id)
    try await whenClosed()
    guard let closed else { return Change(record: nil, hasChanged: outcome.hasChanged, warnings: outcome.warnings) }
    let hasChanged = closed.wasOpen || outcome.hasChanged
    do {
      guard try await NamespaceKeys(cluster: cluster, record: closed.record).exist() else {
        try await forget(id)
        return Change(record: nil, hasChanged: true, warnings: outcome.warnings)
      }
      return Change(record: closed.record, hasChanged: hasChanged, warnings: outcome.warnings)
    } catch let problem as Problem where problem.isTransient || problem.code == "redis-no-permission" {
      // What cannot be looked at is kept.
      let warning = "whether \(id) has keys cannot be told now, so its name and its slot stay taken: \(problem.message)"
      return Change(record: closed.record, hasChanged: hasChanged, warnings: outcome.warnings + [warning])
    }
  }

  /// Deletes the namespace and all of its keys. Interrupted, it goes on when it is called again.
  ///
  /// - Parameters:
  ///   - whenClosed: called as soon as nobody can log in any more, before the first key is removed.
  ///   - progress: gets the number of keys removed so far.
  /// - Throws: `Problem`; where the registry or a node that can have keys cannot be reached, nothing was changed.
  package func purge(
    _ id: NamespaceID, whenClosed: @Sendable () async throws -> Void = {},
    progress: @Sendable (Int) -> Void = { _ in }
  ) async throws -> Change {
    if let record = try await findBeforeDeleting(id) {
      do {
        _ = try await NamespaceKeys(cluster: cluster, record: record).masters()
      } catch let problem as Problem where problem.isTransient {
        throw problem.adding(hint: Self.nothingWasDeleted)
      }
    }
    let (closed, outcome) = try await close(id)
    try await whenClosed()
    guard let closed else { return Change(record: nil, hasChanged: outcome.hasChanged, warnings: outcome.warnings) }
    let keys = NamespaceKeys(cluster: cluster, record: closed.record)
    do {
      // Where its user is still there, the app goes on writing.
      if let open = try await keys.masters().first(where: outcome.missed.contains) {
        throw Problem.redisUnreachable(open, "its user could not be removed from there")
      }
      _ = try await keys.purge(progress)
    } catch let problem as Problem {
      throw problem.adding(
        hint: "nobody gets its password any more; to remove the rest of its keys, run the command again")
    }
    try await forget(id)
    return Change(record: nil, hasChanged: true, warnings: outcome.warnings)
  }

  private static let nothingWasDeleted =
    "nothing was changed; run the command again when the Redis Cluster serves again"

  /// Like `find`; where the registry cannot be reached, the problem says that nothing was deleted.
  package func findBeforeDeleting(_ id: NamespaceID) async throws -> NamespaceRecord? {
    do {
      return try await find(id)
    } catch let problem as Problem where problem.isTransient {
      throw problem.adding(hint: Self.nothingWasDeleted)
    }
  }

  /// Takes the password from the registry first, so that no `reconcile` brings the user back, and then the user from the
  /// nodes.
  private func close(
    _ id: NamespaceID
  ) async throws -> (closed: (record: NamespaceRecord, wasOpen: Bool)?, NamespaceUsers.Outcome) {
    typealias Closed = (record: NamespaceRecord, wasOpen: Bool)
    _ = try await findBeforeDeleting(id)
    let closed = try await registry.update { content -> (NamespaceRegistry.Edit, Closed?) in
      guard var record = content.records[id.realName] else { return (.nothing, nil) }
      let wasOpen = record.password != nil
      record.password = nil
      return (wasOpen ? .put(record) : .nothing, (record, wasOpen))
    }
    return (closed, try await users.remove(id))
  }

  /// Removes the entry of a closed namespace, unless it was opened again meanwhile.
  private func forget(_ id: NamespaceID) async throws {
    try await registry.update { content in
      (content.records[id.realName]?.password == nil ? .remove(id) : .nothing, ())
    }
  }

  /// How the nodes' users differed from the registry.
  package struct Reconciliation: Sendable {
    package let changes: [UserChange]
    /// Nodes that could not be reached.
    package let missed: [RedisEndpoint]
    /// For people: what is not as it should be even now.
    package let warnings: [String]

    package var hasChanged: Bool { !changes.isEmpty }
  }

  /// Makes every node's users those of the registry: for each `prepare`, and after nodes came, went or came back.
  /// - Parameter dryRun: only finds out what differs.
  package func reconcile(dryRun: Bool = false) async throws -> Reconciliation {
    let outcome = try await users.reconcile({ try await list() }, dryRun: dryRun)
    return Reconciliation(changes: outcome.changes, missed: outcome.missed, warnings: outcome.warnings)
  }

  package static func missing(_ id: NamespaceID) -> Problem {
    Problem(
      "no-such-namespace", .noInput, "there is no Redis namespace \(id)",
      hint: "see which there are: olares-cli redis ns list")
  }

  private static var passwordInUse: Problem {
    // Whose it is stays unsaid: the message may reach another owner.
    Problem(
      "namespace-password-in-use", .notPermitted, "another Redis namespace has this password",
      hint: "a password tells which namespace a client means: each needs a random one of its own")
  }
}

extension NamespaceID {
  /// The options of the verbs about one namespace that name this one.
  package var asOptions: String { "--app \(instance.app) --owner \(instance.owner) --name \(name)" }
}
