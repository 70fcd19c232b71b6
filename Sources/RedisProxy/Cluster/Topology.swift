import RedisNamespaces

/// Which node serves which slot. Immutable, shared by all workers.
final class Topology: Sendable {
  struct Node: Sendable, Hashable {
    let id: String
    let endpoint: NodeEndpoint
    /// The id of the master it copies; nil for a master.
    let master: String?
    let isFailed: Bool
  }

  let nodes: [Node]
  /// For each slot the index in `nodes` of its master, or `nobody`.
  private let owners: [UInt16]
  private static let nobody = UInt16.max

  init(nodes: [Node], owners: [UInt16]) {
    self.nodes = nodes
    self.owners = owners
  }

  func master(of slot: Int) -> NodeEndpoint? {
    let owner = owners[slot]
    return owner == Self.nobody ? nil : nodes[Int(owner)].endpoint
  }

  /// The masters that serve slots, in the order of their ids, which does not change with addresses.
  var slotMasters: [Node] {
    let serving = Set(owners).subtracting([Self.nobody])
    return nodes.indices.filter { serving.contains(UInt16($0)) }.map { nodes[$0] }.sorted { $0.id < $1.id }
  }

  func slotCount(of node: Node) -> Int {
    guard let index = nodes.firstIndex(of: node) else { return 0 }
    return owners.count { $0 == UInt16(index) }
  }

  var coveredSlots: Int { owners.count { $0 != Self.nobody } }

  func isSame(as other: Topology) -> Bool { nodes == other.nodes && owners == other.owners }

  /// What the nodes say together. A slot's master is changed only by more than half of the nodes that serve slots, before
  /// or after: one that was cut off, or that was reset and knows nothing, cannot mislead.
  ///
  /// - Parameter views: what each node that answered says.
  /// - Returns: nil where nothing is known yet and no view is confirmed.
  static func confirmed(by views: [ClusterView], current: Topology?) -> Topology? {
    guard !views.isEmpty else { return current }
    var electorate = Set(current?.slotMasters.map(\.id) ?? [])
    for view in views { electorate.formUnion(view.nodes.filter { !$0.slots.isEmpty }.map(\.node.id)) }
    // Whom nobody knows any more has left: nobody hears a node that was forgotten.
    let listed = Set(views.flatMap { $0.nodes.map(\.node.id) })
    electorate.formIntersection(listed)
    // Whom more than half of them call failed has no say. Fewer may themselves be the ones that are cut off.
    let callers = views.filter { electorate.contains($0.answering) }
    let quorum = electorate.count
    electorate = electorate.filter { id in
      2 * callers.count { view in view.nodes.contains { $0.node.id == id && $0.node.isFailed } } <= quorum
    }
    let voters = views.filter { electorate.contains($0.answering) }
    guard 2 * voters.count > electorate.count else { return current }

    var nodes: [Node] = []
    var index: [String: UInt16] = [:]
    for id in Set(voters.flatMap { $0.nodes.map(\.node.id) }).sorted() {
      let known = voters.compactMap { view in view.nodes.first { $0.node.id == id }?.node }
      // Its own word on its address counts first: the others follow it sooner or later.
      let own = voters.first { $0.answering == id }?.nodes.first { $0.node.id == id }?.node
      guard let node = own ?? known.first, 2 * known.count > voters.count else { continue }
      index[id] = UInt16(nodes.count)
      nodes.append(node)
    }
    var owners = [UInt16](repeating: nobody, count: HashSlot.count)
    let claims = voters.map { $0.claims(index) }
    for slot in owners.indices {
      var owner = nobody
      for claim in claims where claim[slot] != nobody && claim[slot] != owner {
        if 2 * claims.count(where: { $0[slot] == claim[slot] }) > electorate.count {
          owner = claim[slot]
          break
        }
      }
      if owner == nobody, let current, current.owners[slot] != nobody {
        owner = index[current.nodes[Int(current.owners[slot])].id] ?? nobody
      }
      owners[slot] = owner
    }
    let topology = Topology(nodes: nodes, owners: owners)
    return topology.coveredSlots == 0 ? current : topology
  }
}

/// What one node says about its cluster (`CLUSTER NODES`, redis.io).
struct ClusterView {
  /// The id of the node that says so.
  let answering: String
  let nodes: [(node: Topology.Node, slots: [ClosedRange<Int>])]

  /// - Parameter asked: a node that never met another does not know its own address.
  /// - Returns: nil if the text is not what `CLUSTER NODES` prints.
  init?(_ text: String, asked: NodeEndpoint) {
    var nodes: [(node: Topology.Node, slots: [ClosedRange<Int>])] = []
    var answering: String?
    for line in text.split(separator: "\n") {
      // <id> <ip>:<port>@<bus>[,<host>] <flags> <master> <ping> <pong> <epoch> <link> <slot> …
      let fields = line.split(whereSeparator: { $0 == " " || $0 == "\r" })
      guard fields.count >= 8 else { return nil }
      let flags = fields[2].split(separator: ",")
      let isSelf = flags.contains("myself")
      if isSelf { answering = String(fields[0]) }
      if flags.contains("handshake") || flags.contains("noaddr") { continue }
      let address = fields[1].prefix { $0 != "@" && $0 != "," }
      guard let endpoint = NodeEndpoint(redirect: address, from: asked) else { return nil }
      // `[93-<-…]` is a slot on the move; until it has moved, its old master serves it.
      let slots = fields[8...].filter { !$0.hasPrefix("[") }.compactMap { field -> ClosedRange<Int>? in
        let ends = field.split(separator: "-").compactMap { Int($0) }
        guard let first = ends.first, let last = ends.last, first <= last, first >= 0, last < HashSlot.count else {
          return nil
        }
        return first...last
      }
      let node = Topology.Node(
        id: String(fields[0]), endpoint: isSelf && address.hasPrefix(":") ? asked : endpoint,
        master: fields[3] == "-" ? nil : String(fields[3]),
        isFailed: flags.contains("fail"))
      nodes.append((node, node.master == nil ? slots : []))
    }
    guard let answering else { return nil }
    self.answering = answering
    self.nodes = nodes
  }

  /// For each slot who serves it, as an index of `nodes`.
  fileprivate func claims(_ index: [String: UInt16]) -> [UInt16] {
    var owners = [UInt16](repeating: .max, count: HashSlot.count)
    for (node, slots) in nodes {
      guard let owner = index[node.id] else { continue }
      for range in slots { for slot in range { owners[slot] = owner } }
    }
    return owners
  }
}
