package import Core
import RedisNamespaces

/// Every node of a Redis Cluster, by what each says of itself and by what the others say of it.
package struct ClusterStatus: Sendable {
  package struct Node: Sendable {
    package let member: ClusterTopology.Node
    /// Nil where it cannot be reached.
    package let facts: Facts?
  }

  package struct Facts: Sendable {
    package let version: String
    package let keys: Int
    package let memory: ByteCount
    package let isLoading: Bool
    /// Of a replica: how much of what its master wrote it lacks; nil where that cannot be told.
    package let behind: ByteCount?
    /// Of a replica: whether it gets what its master writes. True for a master.
    package let isReplicating: Bool
  }

  package let nodes: [Node]
  package let servedSlots: Int
  package let unservedSlots: [ClosedRange<Int>]
  /// Slots that are on the move, or were when it was cut off.
  package let openSlots: [Int]
  /// Whether all reachable nodes say the same.
  package let isAgreed: Bool

  package func node(_ id: String) -> Node? { nodes.first { $0.member.id == id } }
  package var masters: [Node] { nodes.filter { $0.member.isMaster } }

  /// - Throws: `Problem` `redis-unreachable` if no node answers.
  package static func read(_ cluster: RedisCluster) async throws -> ClusterStatus {
    let views = try await cluster.views()
    guard let first = views.first else { throw Problem("redis-no-address", .notPrepared, "no node is known") }
    let own = Dictionary(
      views.compactMap { view in view.answering.map { ($0.id, $0) } }, uniquingKeysWith: { first, _ in first })
    let topology = ClusterTopology.duringMove(views) ?? first
    var information: [String: ServerInformation] = [:]
    for node in topology.nodes where own[node.id] != nil {
      let text = try? await cluster.connection(to: node.endpoint).command(["INFO"]).text
      information[node.id] = text.map(ServerInformation.init)
    }
    return ClusterStatus(
      nodes: topology.nodes.map { node in
        Node(
          member: node.with(own[node.id]),
          facts: information[node.id].map { Facts($0, node.master.flatMap { information[$0] }) })
      },
      servedSlots: HashSlot.count - topology.unservedSlots.slotCount, unservedSlots: topology.unservedSlots,
      openSlots: Set(own.values.flatMap(\.openSlots).map(\.slot)).sorted(),
      isAgreed: views.allSatisfy { $0.agreement == first.agreement })
  }
}

extension ClusterTopology.Node {
  /// The same as others see it, with what it alone knows.
  fileprivate func with(_ own: ClusterTopology.Node?) -> Self {
    guard let own else { return self }
    return Self(
      id: id, endpoint: endpoint, hostname: hostname, flags: flags, master: master, slots: slots,
      openSlots: own.openSlots, epoch: own.epoch, isLinked: isLinked)
  }
}

extension ClusterStatus.Facts {
  init(_ information: ServerInformation, _ master: ServerInformation?) {
    version = information["redis_version"] ?? ""
    keys = information.keyCount
    memory = ByteCount(information.integer("used_memory") ?? 0)
    isLoading = information["loading"] == "1"
    let isReplica = information["role"] == "slave"
    isReplicating = !isReplica || information["master_link_status"] == "up"
    let offsets = (master?.integer("master_repl_offset"), information.integer("slave_repl_offset"))
    if isReplica, let written = offsets.0, let read = offsets.1 {
      behind = ByteCount(max(0, written - read))
    } else {
      behind = nil
    }
  }
}
