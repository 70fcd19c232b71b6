import Core
import FoundationEssentials
import Redis
import RedisNamespaces

/// A namespace in the output of `redis ns stats`; its keys are stable. What could not be found out is nil.
private struct NamespaceStatsRow: Encodable, Sendable {
  let owner: String
  let app: String
  let name: String
  let realName: String
  /// `open`, or `kept` where it was deleted and its keys were not.
  let state: String
  /// Nil where it is spread over all slots.
  let slot: Int?
  /// The masters that have keys of it.
  let nodes: [String]?
  let keys: Int?
  /// Bytes.
  let memory: Int?
  let expiring: Int?
  /// How many keys `memory`, `expiring`, `types` and `biggest` come from.
  let measured: Int?
  /// Whether these were all, so that nothing is an estimate.
  let exact: Bool?
  /// Of the measured keys.
  let types: [String: Int]?
  let biggest: [Key]?
  let connections: Int?
  let lastUse: Date?

  struct Key: Encodable, Sendable {
    let key: String
    let type: String
    /// Bytes.
    let memory: Int
  }

  init(_ statistics: NamespaceStatistics) {
    let record = statistics.record
    owner = record.id.instance.owner.name
    app = record.id.instance.app.name
    name = record.id.name.name
    realName = record.id.realName
    state = record.password == nil ? "kept" : "open"
    slot = record.placement.slot?.number
    let content = statistics.content
    nodes = content?.nodes.map(\.description)
    keys = content?.keys
    memory = content?.memory.bytes
    expiring = content?.expiring
    measured = content?.measured
    exact = content?.isExact
    types = content?.types
    biggest = content?.biggest.map {
      Key(key: String(decoding: $0.key, as: UTF8.self), type: $0.type, memory: $0.memory.bytes)
    }
    connections = statistics.connections
    lastUse = statistics.lastUse
  }

  private var mark: String { exact == false ? "~ " : "" }
  private var slotText: String { slot.map(String.init) ?? "all" }
  private var memoryText: String { memory.map { mark + ByteCount($0).forPeople } ?? "?" }
  private var expiringText: String { expiring.map { "\(mark)\($0)" } ?? "?" }
  private var keysText: String { keys.map(String.init) ?? "?" }
  private var connectionsText: String { connections.map(String.init) ?? "?" }
  private var lastUseText: String { lastUse.map { $0.formatted(.iso8601) } ?? "" }

  static func table(_ rows: [NamespaceStatsRow]) -> Table {
    Table(
      [
        "OWNER", "APP", "NAMESPACE", .number("KEYS"), .number("MEMORY"), .number("EXPIRING"), .number("CONNECTIONS"),
        .number("SLOT"), "LAST USE",
      ],
      rows: rows.map {
        [
          $0.owner, $0.app, $0.realName, $0.keysText, $0.memoryText, $0.expiringText, $0.connectionsText, $0.slotText,
          $0.lastUseText,
        ]
      })
  }

  /// All of it, a line for each.
  var text: String {
    let byType = (types ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var lines = [
      ("namespace", "\(realName) (\(state))"), ("slot", slotText), ("nodes", nodes?.joined(separator: " ") ?? ""),
      ("keys", keysText), ("memory", memoryText), ("expiring", expiringText),
      ("types", byType.map { "\($0.key) \($0.value)" }.joined(separator: ", ")),
      ("measured", exact == false ? "\(measured ?? 0) of \(keysText) keys" : ""), ("connections", connectionsText),
      ("last use", lastUseText),
    ]
    lines += (biggest ?? []).enumerated().map { index, key in
      (index == 0 ? "biggest" : "", "\(ByteCount(key.memory).forPeople)  \(key.type)  \(key.key.shortened(to: 120))")
    }
    return lines.filter { !$0.1.isEmpty }
      .map { $0.0 + String(repeating: " ", count: 13 - $0.0.count) + $0.1 }.joined(separator: "\n")
  }
}

extension Rendering {
  /// - Parameter inDetail: whether people see all of it, instead of a table.
  init(_ statistics: [NamespaceStatistics], inDetail: Bool) {
    let rows = statistics.map { NamespaceStatsRow($0) }
    guard inDetail else {
      self.init(rows, NamespaceStatsRow.table(rows))
      return
    }
    self.init(rows) { _, _ in rows.map(\.text).joined(separator: "\n\n") }
  }
}
