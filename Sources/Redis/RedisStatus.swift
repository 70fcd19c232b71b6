package import Core
import RedisNamespaces

/// The present state of a Redis Cluster, for `status`.
package struct RedisStatus: Sendable {
  package struct Node: Sendable {
    package let endpoint: RedisEndpoint
    package let isMaster: Bool
    package let slots: Int
    package let version: String
    package let uptime: Duration
    package let keys: Int
    package let memory: ByteCount
    package let clients: Int
    package let commandsPerSecond: Int
    /// Whether everything written is on disk, or on its way there.
    package let isPersisting: Bool
  }

  package let nodes: [Node]
  /// Members of the cluster that cannot be reached.
  package let unreachable: [RedisEndpoint]
  package let coveredSlots: Int
  package let namespaces: Int

  /// Whether every key can be read and written.
  package var isServing: Bool { coveredSlots == HashSlot.count }
  package var version: String { nodes.map(\.version).min() ?? "" }
  package var keys: Int { nodes.filter(\.isMaster).reduce(0) { $0 + $1.keys } }
  package var memory: ByteCount { ByteCount(nodes.reduce(0) { $0 + $1.memory.bytes }) }
  package var commandsPerSecond: Int { nodes.reduce(0) { $0 + $1.commandsPerSecond } }

  /// - Throws: `Problem` `redis-unreachable` if no node answers.
  package static func read(_ cluster: RedisCluster) async throws -> RedisStatus {
    let topology = try await cluster.topology(refresh: true)
    let (nodes, missed) = try await cluster.onEveryNode { connection, node in
      guard let text = try await connection.command(["INFO"]).text else {
        throw Problem.redisUnexpected(connection.endpoint, "INFO")
      }
      return Node(node, ServerInformation(text))
    }
    let lost = Set(missed.map(\.endpoint))
    let covered = topology.masters.filter { !$0.isFailed && !lost.contains($0.endpoint) }
    // Without the slot of the registry, the rest of the status is still worth showing.
    let count = try? await cluster.command(["HLEN", NamespaceRecord.registryKey], key: NamespaceRecord.registryKey)
    return RedisStatus(
      nodes: nodes, unreachable: missed.map(\.endpoint), coveredSlots: covered.reduce(0) { $0 + $1.slotCount },
      namespaces: max(0, (count?.integer ?? 0) - 1))
  }
}

extension RedisStatus.Node {
  init(_ node: ClusterTopology.Node, _ information: ServerInformation) {
    endpoint = node.endpoint
    isMaster = node.isMaster
    slots = node.slotCount
    version = information["redis_version"] ?? ""
    uptime = .seconds(information.integer("uptime_in_seconds") ?? 0)
    keys = information.keyCount
    memory = ByteCount(information.integer("used_memory") ?? 0)
    clients = information.integer("connected_clients") ?? 0
    commandsPerSecond = information.integer("instantaneous_ops_per_sec") ?? 0
    isPersisting =
      information["loading"] == "0"
      && (information["aof_enabled"] == "0" || information["aof_last_write_status"] == "ok")
      && information["rdb_last_bgsave_status"] == "ok"
  }
}
