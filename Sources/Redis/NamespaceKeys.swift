import Core
import RedisNamespaces

/// The keys of one namespace, of all of its generations.
struct NamespaceKeys: Sendable {
  let cluster: RedisCluster
  let record: NamespaceRecord

  /// Whether there is any key.
  func exist() async throws -> Bool {
    try await forEachBatch { _, _ in false } == .stopped
  }

  /// Removes all keys, a few at a time, so that the server is never busy with this alone.
  /// - Parameter progress: gets the number of keys removed so far.
  func purge(_ progress: @Sendable (Int) -> Void) async throws -> Int {
    var removed = 0
    _ = try await forEachBatch { connection, keys in
      // One key for each UNLINK: those of a spread namespace are in different slots.
      for reply in try await connection.pipeline(keys.map { [Array("UNLINK".utf8), $0] }) {
        if case .error(let error) = reply { throw Problem(error, to: "UNLINK", at: connection.endpoint) }
        removed += reply.integer ?? 0
      }
      progress(removed)
      return true
    }
    return removed
  }

  /// The nodes that keys can be on, all of which answer.
  /// - Throws: `Problem` (unavailable).
  func masters() async throws -> [RedisEndpoint] {
    let topology = try await cluster.topology(refresh: true)
    let masters: [ClusterTopology.Node]
    if let slot = record.placement.slot {
      masters = topology.master(of: slot).map { [$0] } ?? []
    } else {
      masters = topology.servedSlots == HashSlot.count ? topology.masters.filter { !$0.slots.isEmpty } : []
    }
    guard !masters.isEmpty else { throw Problem.redisLacksSlots(topology) }
    for master in masters { try await cluster.connection(to: master.endpoint).command(["PING"]) }
    return masters.map(\.endpoint)
  }

  private enum End { case stopped, complete }

  /// Calls `body` with batches of keys until it returns false. In one slot, `body` must remove what it was given.
  private func forEachBatch(_ body: (RedisConnection, [[UInt8]]) async throws -> Bool) async throws -> End {
    while true {
      let topology = try await cluster.topology(refresh: true)
      if try await walk(topology, body) == .stopped { return .stopped }
      // Keys that moved to a node after it was looked at would be missed.
      if try await cluster.topology(refresh: true).agreement == topology.agreement { return .complete }
    }
  }

  private func walk(
    _ topology: ClusterTopology, _ body: (RedisConnection, [[UInt8]]) async throws -> Bool
  ) async throws -> End {
    if let slot = record.placement.slot { return try await walk(slot, body) }
    for node in topology.masters where !node.slots.isEmpty {
      let connection = try await cluster.connection(to: node.endpoint)
      if try await scan(connection, body) == .stopped { return .stopped }
    }
    return .complete
  }

  private func scan(
    _ connection: RedisConnection, _ body: (RedisConnection, [[UInt8]]) async throws -> Bool
  ) async throws -> End {
    var batches = KeyScan(connection, matching: "\(record.prefixOfAllGenerations)*")
    while let keys = try await batches.next() {
      if !keys.isEmpty, try await !body(connection, keys) { return .stopped }
    }
    return .complete
  }

  /// A slot can hold keys of spread namespaces too. They stay, so the batch grows until it reaches beyond them. The list of
  /// a slot cannot be read piece by piece, so where there are too many, all keys of the node are looked through instead.
  private func walk(
    _ slot: HashSlot, _ body: (RedisConnection, [[UInt8]]) async throws -> Bool
  ) async throws -> End {
    let connection = try await cluster.master(of: slot)
    var size = Self.batch
    while size <= Self.mostAtOnce {
      try Task.checkCancellation()
      guard let keys = try await connection.command(["CLUSTER", "GETKEYSINSLOT", "\(slot)", "\(size)"]).array else {
        throw Problem.redisUnexpected(connection.endpoint, "CLUSTER GETKEYSINSLOT")
      }
      let own = keys.compactMap(\.bytes).filter(record.owns)
      if own.isEmpty {
        if keys.count < size { return .complete }
        size *= 2
      } else if try await !body(connection, own) {
        return .stopped
      }
    }
    return try await scan(connection, body)
  }

  private static let batch = 500
  /// Listing these takes a server about a millisecond.
  private static let mostAtOnce = 16_000
}
