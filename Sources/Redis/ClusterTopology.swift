package import RedisNamespaces

/// Which node serves which slots, as one node sees it (`CLUSTER NODES`, redis.io).
package struct ClusterTopology: Sendable, Hashable {
  package struct Node: Sendable, Hashable {
    package let id: String
    package let endpoint: RedisEndpoint
    /// The name it announces beside its address (`cluster-announce-hostname`).
    package let hostname: String?
    package let flags: Set<String>
    /// The id of the master that this node copies; nil for a master.
    package let master: String?
    package let slots: [ClosedRange<Int>]
    /// Slots on the move, to or from here. Only the node itself tells of them.
    package var openSlots: [OpenSlot] = []
    /// Of its slots; of two nodes that claim a slot, the one with the higher epoch has it.
    package var epoch = 0
    /// Whether the node that answered is connected to it.
    package var isLinked = true

    package var isMaster: Bool { flags.contains("master") }
    /// Whether the other nodes agree that it cannot be reached, or its address is unknown.
    package var isFailed: Bool { flags.contains("fail") || flags.contains("noaddr") }
    package var isInHandshake: Bool { flags.contains("handshake") }
    package var slotCount: Int { slots.reduce(0) { $0 + $1.count } }
  }

  package struct OpenSlot: Sendable, Hashable {
    package let slot: Int
    /// Whether it comes here, or leaves.
    package let isImporting: Bool
    /// The id of the node at the other end.
    package let peer: String

    /// `[93->-<id>]` leaves, `[93-<-<id>]` comes.
    init?(_ field: Substring) {
      guard field.hasPrefix("["), field.hasSuffix("]") else { return nil }
      let parts = field.dropFirst().dropLast().split(separator: "-", maxSplits: 2)
      guard parts.count == 3, let slot = Int(parts[0]), parts[1] == "<" || parts[1] == ">" else { return nil }
      self.slot = slot
      isImporting = parts[1] == "<"
      peer = String(parts[2])
    }
  }

  package let nodes: [Node]

  init(nodes: [Node]) { self.nodes = nodes.sorted { $0.endpoint < $1.endpoint } }

  /// - Parameter asked: where the text comes from. A node that never met another does not know its own address.
  /// - Returns: nil if the text is not what `CLUSTER NODES` prints.
  package init?(_ text: String, asked: RedisEndpoint) {
    var nodes: [Node] = []
    for line in text.split(separator: "\n") {
      guard let node = Self.node(line.split(separator: " "), asked: asked) else { return nil }
      nodes.append(node)
    }
    guard !nodes.isEmpty else { return nil }
    self.init(nodes: nodes)
  }

  /// `<id> <ip>:<port>@<bus>[,<host>] <flags> <master> <ping> <pong> <epoch> <link> <slot> …`
  private static func node(_ fields: [Substring], asked: RedisEndpoint) -> Node? {
    guard fields.count >= 8 else { return nil }
    let address = fields[1].prefix { $0 != "@" && $0 != "," }
    guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) else {
      return nil
    }
    let host = String(address[..<colon])
    // Redis 7.0 has the name after a comma; 7.2 has more fields behind it.
    let names = fields[1].split(separator: ",", omittingEmptySubsequences: false)
    let hostname = names.count > 1 && !names[1].isEmpty ? String(names[1]) : nil
    let flags = Set(fields[2].split(separator: ",").map(String.init))
    // `[93-<-…]` is a slot on the move; until it has moved, its old master serves it.
    let slots = fields[8...].filter { !$0.hasPrefix("[") }.compactMap { field -> ClosedRange<Int>? in
      let ends = field.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last, last < HashSlot.count else { return nil }
      return first...last
    }
    return Node(
      id: String(fields[0]), endpoint: RedisEndpoint(host: host.isEmpty ? asked.host : host, port: port),
      hostname: hostname,
      flags: flags, master: fields[3] == "-" ? nil : String(fields[3]), slots: slots,
      openSlots: fields[8...].compactMap(OpenSlot.init), epoch: Int(fields[6]) ?? 0, isLinked: fields[7] == "connected")
  }

  package var masters: [Node] { nodes.filter(\.isMaster) }

  package func master(of slot: HashSlot) -> Node? {
    masters.first { node in node.slots.contains { $0.contains(slot.number) } }
  }

  package var coveredSlots: Int { masters.reduce(0) { $0 + $1.slotCount } }

  /// Slots whose master is not known to be down.
  package var servedSlots: Int { masters.filter { !$0.isFailed }.reduce(0) { $0 + $1.slotCount } }

  /// Slots that the node that answered is sending or receiving.
  package var openSlots: Set<Int> { Set(nodes.flatMap(\.openSlots).map(\.slot)) }

  package func node(_ id: String) -> Node? { nodes.first { $0.id == id } }

  package func replicas(of id: String) -> [Node] { nodes.filter { $0.master == id } }

  /// The node that answered.
  package var answering: Node? { nodes.first { $0.flags.contains("myself") } }

  /// What two nodes must say alike before the topology is trusted: who is a master of what, and who copies whom.
  package var agreement: Set<String> {
    Set(
      nodes.filter { !$0.isInHandshake }.map { node in
        "\(node.id) \(node.master ?? "-") \(node.slots.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ","))"
      })
  }
}
