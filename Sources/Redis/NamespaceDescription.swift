import Core
package import RedisNamespaces

/// A namespace with what the cluster says of it at present.
package struct NamespaceDescription: Sendable {
  package let record: NamespaceRecord
  /// The master of its slot; nil where it is spread, or no node serves the slot.
  package let node: RedisEndpoint?
  /// How many keys the namespace has; nil where that would take long to find out (`statistics` does), or the node cannot
  /// be reached.
  package let keys: Int?
  /// How many keys its slot holds: its own, and those of spread namespaces and of others that happen to be there. Nil
  /// where it is spread, or the node cannot be reached.
  package let keysInSlot: Int?
}

extension RedisNamespaceService {
  /// Asks each master for all namespaces that it has. What it costs does not depend on how much they hold: keys are told
  /// apart only in slots with few of them.
  package func describe(_ records: [NamespaceRecord]) async throws -> [NamespaceDescription] {
    var nodes: [NamespaceID: RedisEndpoint] = [:]
    var counts: [NamespaceID: KeyCount] = [:]
    for node in try await cluster.topology().masters {
      let own = records.compactMap { record -> SlotContent? in
        guard let slot = record.placement.slot, node.slots.contains(where: { $0.contains(slot.number) }) else {
          return nil
        }
        nodes[record.id] = node.endpoint
        return SlotContent(record: record, slot: slot)
      }
      guard !own.isEmpty else { continue }
      do {
        let counted = try await Self.count(own, on: cluster.connection(to: node.endpoint))
        counts.merge(counted) { _, new in new }
      } catch let problem as Problem where problem.isTransient {
        continue  // What the registry knows is worth showing without this node.
      }
    }
    return records.map { record in
      NamespaceDescription(
        record: record, node: nodes[record.id], keys: counts[record.id]?.own, keysInSlot: counts[record.id]?.inSlot)
    }
  }

  private struct SlotContent {
    let record: NamespaceRecord
    let slot: HashSlot
  }

  private struct KeyCount {
    let own: Int?
    let inSlot: Int
  }

  private static func count(
    _ contents: [SlotContent], on connection: RedisConnection
  ) async throws -> [NamespaceID: KeyCount] {
    let sizes = try await connection.pipeline(contents.map { ["CLUSTER", "COUNTKEYSINSLOT", "\($0.slot)"] })
    var counts: [NamespaceID: KeyCount] = [:]
    var small: [SlotContent] = []
    for (content, size) in zip(contents, sizes) {
      guard let size = size.integer else { continue }
      counts[content.record.id] = KeyCount(own: size == 0 ? 0 : nil, inSlot: size)
      if (1...mostKeysToTellApart).contains(size) { small.append(content) }
    }
    // One more than there may be, so that a slot that grew meanwhile shows.
    let lists = try await connection.pipeline(
      small.map { ["CLUSTER", "GETKEYSINSLOT", "\($0.slot)", "\(mostKeysToTellApart + 1)"] })
    for (content, list) in zip(small, lists) {
      guard let keys = list.array, keys.count <= mostKeysToTellApart else { continue }
      let own = keys.filter { $0.bytes.map(content.record.owns) ?? false }.count
      counts[content.record.id] = KeyCount(own: own, inSlot: keys.count)
    }
    return counts
  }

  private static let mostKeysToTellApart = 500
}
