import Core
import RedisNamespaces

/// Reckons how much a namespace holds from some of its keys. What it costs a node does not grow with what the node holds.
/// Confined to the thread of `ContentWatch`.
struct ContentEstimate {
  /// The biggest keys that were ever found: a few that make up most of a namespace would hardly be drawn again.
  private var big: [Key: Int] = [:]
  /// Of a node with many keys, what the last draws had of the namespace's own.
  private var draws: [NodeEndpoint: [(own: Int, all: Int)]] = [:]

  private struct Key: Hashable {
    let node: NodeEndpoint
    let bytes: [UInt8]
  }

  private struct Sample {
    var keys: [[UInt8]]
    /// How many there are.
    var count: Int
  }

  /// - Returns: nil if nobody serves what it may have.
  mutating func look(
    at namespace: Namespace, _ topology: Topology, _ connection: (NodeEndpoint) throws(Problem) -> ControlConnection
  ) throws(Problem) -> NamespaceAccount.Content? {
    var nodes = topology.slotMasters.map(\.endpoint)
    if let slot = namespace.slot { nodes = topology.master(of: slot).map { [$0] } ?? [] }
    guard !nodes.isEmpty else { return nil }
    var (keys, bytes) = (0, 0)
    for node in nodes {
      let connection = try connection(node)
      let sample: Sample
      if let slot = namespace.slot {
        sample = try self.sample(ofSlot: slot, namespace, connection)
      } else {
        sample = try self.sample(ofNode: namespace, connection)
      }
      keys += sample.count
      bytes += try measure(sample, at: node, connection)
    }
    big = big.filter { nodes.contains($0.key.node) }
    return NamespaceAccount.Content(keys: keys, bytes: bytes, reckonedAt: .now())
  }

  /// A slot is nearly always one namespace's own.
  private mutating func sample(
    ofSlot slot: Int, _ namespace: Namespace, _ connection: ControlConnection
  ) throws(Problem) -> Sample {
    let count = try connection.ask(["CLUSTER", "COUNTKEYSINSLOT", "\(slot)"]).number ?? 0
    if count > Self.mostListed {
      let own = try draw(connection).filter(namespace.record.owns)
      if own.count >= Self.enough { return Sample(keys: own, count: count) }
    }
    // The list begins with the latest keys, which matters only where it is cut off.
    let list = try connection.ask(["CLUSTER", "GETKEYSINSLOT", "\(slot)", "\(Self.mostListed)"]).list ?? []
    let own = list.compactMap(\.bytes).filter(namespace.record.owns)
    return Sample(keys: own, count: list.isEmpty ? 0 : count * own.count / list.count)
  }

  /// Of all keys of a node, those of a namespace that has keys in every slot.
  private mutating func sample(ofNode namespace: Namespace, _ connection: ControlConnection) throws(Problem) -> Sample {
    let total = try connection.ask(["DBSIZE"]).number ?? 0
    if total <= Self.mostListed {
      var (cursor, own) = ("0", Set<[UInt8]>())
      repeat {
        let page = try Self.scan(connection, cursor)
        own.formUnion(page.keys.filter(namespace.record.owns))
        cursor = page.cursor
      } while cursor != "0"
      return Sample(keys: Array(own), count: own.count)
    }
    let all = try draw(connection)
    let own = all.filter(namespace.record.owns)
    let known = (draws[connection.endpoint] ?? []).suffix(Self.drawsKept - 1) + [(own.count, all.count)]
    draws[connection.endpoint] = Array(known)
    let (owned, seen) = known.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
    return Sample(keys: own, count: seen == 0 ? 0 : Int(Double(total) * Double(owned) / Double(seen)))
  }

  /// Keys from a random place of the node's table, where there is no order.
  private func draw(_ connection: ControlConnection) throws(Problem) -> [[UInt8]] {
    let page = try Self.scan(connection, "\(UInt64.random(in: 0...UInt64(Int64.max)))")
    // The place may have been near the end.
    return page.cursor == "0" ? page.keys + (try Self.scan(connection, "0").keys) : page.keys
  }

  private static func scan(
    _ connection: ControlConnection, _ cursor: String
  ) throws(Problem) -> (cursor: String, keys: [[UInt8]]) {
    let parts = try connection.ask(["SCAN", cursor, "COUNT", "2000"]).list ?? []
    guard parts.count == 2, let next = parts[0].string, let keys = parts[1].list else { return ("0", []) }
    return (next, keys.compactMap(\.bytes))
  }

  /// The bytes of all keys that a sample stands for.
  private mutating func measure(
    _ sample: Sample, at node: NodeEndpoint, _ connection: ControlConnection
  ) throws(Problem) -> Int {
    let known = big.keys.filter { $0.node == node }
    let drawn = sample.keys.shuffled().filter { big[Key(node: node, bytes: $0)] == nil }.prefix(Self.measured)
      .map { Key(node: node, bytes: $0) }
    let keys = known + drawn
    for key in keys {
      try connection.write(
        ["MEMORY", "USAGE"].map { Array($0.utf8) } + [key.bytes] + ["SAMPLES", "20"].map { Array($0.utf8) })
    }
    var sizes: [Int?] = []
    // A key that is gone has no size.
    for _ in keys { sizes.append(try connection.read(milliseconds: 1000).number) }
    let bigSum = sizes.prefix(known.count).reduce(0) { $0 + ($1 ?? 0) }
    let rest = sizes.dropFirst(known.count).compactMap(\.self)
    let mean = rest.isEmpty ? 0 : Double(rest.reduce(0, +)) / Double(rest.count)
    let present = known.indices.count { sizes[$0] != nil }
    for (key, size) in zip(keys, sizes) { big[key] = size.flatMap { Double($0) > 4 * mean ? $0 : nil } }
    for key in big.sorted(by: { $0.value > $1.value }).dropFirst(Self.mostBig) { big[key.key] = nil }
    return bigSum + Int(mean * Double(max(0, sample.count - present)))
  }

  /// Listing these takes a node about a millisecond.
  private static let mostListed = 5000
  /// So many of a namespace's keys stand for all.
  private static let enough = 20
  private static let measured = 64
  private static let mostBig = 32
  private static let drawsKept = 8
}
