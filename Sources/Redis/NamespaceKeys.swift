import Core
import RedisNamespaces

/// The keys of one namespace, of all of its generations.
struct NamespaceKeys: Sendable {
  let cluster: RedisCluster
  let record: NamespaceRecord

  /// What the namespace's keys start with, whatever the generation. No other real name contains a `.`.
  private var start: [UInt8] { Array("\(record.id.realName).".utf8) }

  /// Whether there is any key.
  func exist() async throws -> Bool {
    try await forEachBatch { _, _ in false } == .stopped
  }

  /// Removes all keys, a few at a time, so that the server is never busy with this alone.
  /// - Parameter progress: gets the number of keys removed so far.
  func purge(_ progress: @Sendable (Int) -> Void) async throws -> Int {
    var removed = 0
    _ = try await forEachBatch { connection, keys in
      for reply in try await connection.pipeline(keys.map { [Array("UNLINK".utf8), $0] }) {
        if case .error(let error) = reply { throw Problem(error, to: "UNLINK", at: connection.endpoint) }
        removed += reply.integer ?? 0
      }
      progress(removed)
      return true
    }
    return removed
  }

  private enum End { case stopped, complete }

  /// Calls `body` with batches of keys until it returns false. In one slot, `body` must remove what it was given.
  private func forEachBatch(_ body: (RedisConnection, [[UInt8]]) async throws -> Bool) async throws -> End {
    if let slot = record.placement.slot { return try await forEachBatch(in: slot, body) }
    while true {
      let topology = try await cluster.topology(refresh: true)
      for node in topology.masters where !node.slots.isEmpty {
        let connection = try await cluster.connection(to: node.endpoint)
        if try await scan(connection, body) == .stopped { return .stopped }
      }
      // Keys that moved to a node after it was scanned would be missed.
      if try await cluster.topology(refresh: true).agreement == topology.agreement { return .complete }
    }
  }

  private func scan(
    _ connection: RedisConnection, _ body: (RedisConnection, [[UInt8]]) async throws -> Bool
  ) async throws -> End {
    var cursor = "0"
    repeat {
      let reply = try await connection.command(
        ["SCAN", cursor, "MATCH", "\(record.id.realName).*", "COUNT", "\(Self.batch)"])
      guard let parts = reply.array, parts.count == 2, let next = parts[0].text, let keys = parts[1].array else {
        throw Problem.redisUnexpected(connection.endpoint, "SCAN")
      }
      let found = keys.compactMap(\.bytes)
      if !found.isEmpty, try await !body(connection, found) { return .stopped }
      cursor = next
    } while cursor != "0"
    return .complete
  }

  /// A slot can hold keys of spread namespaces too. They stay, so the batch grows until it reaches beyond them.
  private func forEachBatch(
    in slot: HashSlot, _ body: (RedisConnection, [[UInt8]]) async throws -> Bool
  ) async throws -> End {
    let connection = try await cluster.master(of: slot)
    var size = Self.batch
    while true {
      guard let keys = try await connection.command(["CLUSTER", "GETKEYSINSLOT", "\(slot)", "\(size)"]).array else {
        throw Problem.redisUnexpected(connection.endpoint, "CLUSTER GETKEYSINSLOT")
      }
      let own = keys.compactMap(\.bytes).filter { $0.starts(with: start) }
      if own.isEmpty {
        if keys.count < size { return .complete }
        size *= 2
      } else if try await !body(connection, own) {
        return .stopped
      }
    }
  }

  private static let batch = 500
}
