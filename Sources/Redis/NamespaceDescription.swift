import Core
package import RedisNamespaces

/// A namespace with what the cluster says of it at present.
package struct NamespaceDescription: Sendable {
  package let record: NamespaceRecord
  /// The master of its slot; nil where it is spread, or no node serves the slot.
  package let node: RedisEndpoint?
  /// How many keys its slot holds; nil where it is spread, or the node cannot be reached. Keys of spread namespaces that
  /// share the slot are counted along: telling them apart would mean to read every key.
  package let keys: Int?
}

extension RedisNamespaceService {
  /// Asks each master once for all namespaces that it has.
  package func describe(_ records: [NamespaceRecord]) async throws -> [NamespaceDescription] {
    let slots = records.compactMap(\.placement.slot)
    var nodes: [HashSlot: RedisEndpoint] = [:]
    var keys: [HashSlot: Int] = [:]
    for node in try await cluster.topology().masters {
      let own = slots.filter { slot in node.slots.contains { $0.contains(slot.number) } }
      guard !own.isEmpty else { continue }
      for slot in own { nodes[slot] = node.endpoint }
      do {
        let replies = try await cluster.connection(to: node.endpoint)
          .pipeline(own.map { ["CLUSTER", "COUNTKEYSINSLOT", "\($0)"] })
        for (slot, reply) in zip(own, replies) { keys[slot] = reply.integer }
      } catch let problem as Problem where problem.isTransient {
        continue  // What the registry knows is worth showing without this node.
      }
    }
    return records.map { record in
      NamespaceDescription(
        record: record, node: record.placement.slot.flatMap { nodes[$0] },
        keys: record.placement.slot.flatMap { keys[$0] })
    }
  }
}
