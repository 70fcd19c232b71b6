import Core

/// How slots have to move so that masters have equally many. Slots are counted and not weighed: a namespace that is in one
/// slot is as large as its app makes it, and cannot be divided.
package struct ClusterSlotPlan: Sendable {
  package struct Move: Sendable, Hashable {
    package let source: ClusterTopology.Node
    package let target: ClusterTopology.Node
    package let count: Int
  }

  package let moves: [Move]

  /// - Parameters:
  ///   - emptied: ids of masters that are to have none.
  ///   - tolerance: the part of its share by which a master may differ and be left alone, as redis-cli has it.
  package init(_ topology: ClusterTopology, emptying emptied: Set<String> = [], tolerance: Double = 0) {
    let masters = topology.masters.filter { !$0.isFailed }
    // Those with most slots keep one more where it does not come out even, so that a plan that was carried out is empty.
    let kept = masters.filter { !emptied.contains($0.id) }.sorted { ($1.slotCount, $0.id) < ($0.slotCount, $1.id) }
    guard !kept.isEmpty else {
      moves = []
      return
    }
    let total = masters.reduce(0) { $0 + $1.slotCount }
    var surplus: [(node: ClusterTopology.Node, count: Int)] = []
    var wanting: [(node: ClusterTopology.Node, count: Int)] = []
    var isBalanced = true
    for (index, node) in kept.enumerated() {
      let share = total / kept.count + (index < total % kept.count ? 1 : 0)
      let excess = node.slotCount - share
      if Double(abs(excess)) > Double(share) * tolerance { isBalanced = false }
      if excess > 0 { surplus.append((node, excess)) }
      if excess < 0 { wanting.append((node, -excess)) }
    }
    let leaving = masters.filter { emptied.contains($0.id) && $0.slotCount > 0 }.map { (node: $0, count: $0.slotCount) }
    guard !isBalanced || !leaving.isEmpty else {
      moves = []
      return
    }
    moves = Self.match(leaving + surplus, wanting)
  }

  private static func match(
    _ sources: [(node: ClusterTopology.Node, count: Int)], _ targets: [(node: ClusterTopology.Node, count: Int)]
  ) -> [Move] {
    var sources = sources
    var targets = targets
    var moves: [Move] = []
    while let source = sources.first, let target = targets.first {
      let count = min(source.count, target.count)
      moves.append(Move(source: source.node, target: target.node, count: count))
      sources[0].count -= count
      targets[0].count -= count
      if sources[0].count == 0 { sources.removeFirst() }
      if targets[0].count == 0 { targets.removeFirst() }
    }
    return moves
  }

  package var slotCount: Int { moves.reduce(0) { $0 + $1.count } }

  /// `5461 slots from 127.0.0.1:7001 to 127.0.0.1:7002, …`.
  package var text: String {
    moves.map { "\($0.count.of("slot")) from \($0.source.endpoint) to \($0.target.endpoint)" }.joined(separator: ", ")
  }
}

extension RedisCluster {
  /// Moves slots until the masters have equally many and the emptied ones none. It can be cancelled between two parts.
  package func balance(emptying emptied: Set<String> = [], by manager: ClusterManager) async throws {
    try await awaitServing()
    while true {
      try Task.checkCancellation()
      let topology = try await settled()
      guard let move = ClusterSlotPlan(topology, emptying: emptied).moves.first else { return }
      let (source, target) = (move.source, move.target)
      // A master that gives its last slot away would turn into a replica, and fetch what it is about to leave.
      if emptied.contains(source.id) {
        _ = try await connection(to: source.endpoint).attempt([
          "CONFIG", "SET", "cluster-allow-replica-migration", "no",
        ])
      }
      let count = min(move.count, Self.slotsAtOnce)
      try await Interruption.undivided {
        try await manager.moveSlots(count, from: source.id, to: target.id, of: target.endpoint)
      }
    }
  }

  /// As many as take about a second where they are empty.
  private static let slotsAtOnce = 250
}
