import RedisNamespaces

extension ClusterTopology {
  /// One topology of views that tell of the same nodes and roles, and of different slots because slots are being moved:
  /// each master knows first what it has. Nil where the views contradict each other in anything else.
  static func duringMove(_ views: [ClusterTopology]) -> ClusterTopology? {
    guard let first = views.first, views.contains(where: { !$0.openSlots.isEmpty }),
      views.allSatisfy({ $0.membership == first.membership })
    else { return nil }
    var owners = [Node?](repeating: nil, count: HashSlot.count)
    var open: [String: [OpenSlot]] = [:]
    let own = Dictionary(
      views.compactMap { view in view.answering.map { ($0.id, $0) } }, uniquingKeysWith: { first, _ in first })
    for node in first.nodes {
      let node = own[node.id] ?? node
      open[node.id] = node.openSlots
      for slot in node.slots.joined() where owners[slot].map({ $0.epoch < node.epoch }) ?? true { owners[slot] = node }
    }
    var slots: [String: [Int]] = [:]
    for (slot, owner) in owners.enumerated() { if let owner { slots[owner.id, default: []].append(slot) } }
    return ClusterTopology(
      nodes: first.nodes.map { node in
        Node(
          id: node.id, endpoint: node.endpoint, hostname: node.hostname, flags: node.flags, master: node.master,
          slots: .init(slots: slots[node.id] ?? []), openSlots: open[node.id] ?? [],
          epoch: (own[node.id] ?? node).epoch, isLinked: node.isLinked)
      })
  }

  /// Who there is, and who copies whom.
  private var membership: Set<String> {
    Set(nodes.filter { !$0.isInHandshake }.map { "\($0.id) \($0.master ?? "-")" })
  }

  /// Slots that no node has, or none that lives.
  package var unservedSlots: [ClosedRange<Int>] {
    var served = Set<Int>()
    for node in masters where !node.isFailed { for range in node.slots { served.formUnion(range) } }
    return .init(slots: (0..<HashSlot.count).filter { !served.contains($0) })
  }
}

extension [ClosedRange<Int>] {
  /// - Parameter slots: in ascending order.
  package init(slots: [Int]) {
    self = []
    for slot in slots {
      if let last, last.upperBound + 1 == slot {
        self[count - 1] = last.lowerBound...slot
      } else {
        append(slot...slot)
      }
    }
  }

  /// `0-5460 5462`.
  package var slotText: String {
    map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: " ")
  }

  /// Reads `slotText`.
  package init(slotText: String) {
    self = slotText.split(separator: " ").compactMap { text in
      let ends = text.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return nil }
      return first...last
    }
  }

  package var slotCount: Int { reduce(0) { $0 + $1.count } }
}
