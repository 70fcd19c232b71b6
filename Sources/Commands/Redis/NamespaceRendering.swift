import Apps
import Core
import Redis
import RedisNamespaces

/// A namespace in the output of the verbs about namespaces; its keys are stable.
struct NamespaceRow: Encodable, Sendable {
  let owner: String
  let app: String
  let name: String
  let realName: String
  let prefix: String
  /// Nil where it is spread over all slots.
  let slot: Int?
  /// The node that has the slot; nil where it is spread, or no node serves the slot.
  let node: String?
  /// Nil where that takes long to find out, or the node cannot be reached.
  let keys: Int?
  /// How many keys its slot holds, its own and others; nil where it is spread, or the node cannot be reached.
  let keysInSlot: Int?
  /// `open`, or `kept` where it was deleted and its keys were not.
  let state: String
  let limits: NamespaceLimitsRow

  init(_ namespace: NamespaceDescription) {
    let record = namespace.record
    owner = record.id.instance.owner.name
    app = record.id.instance.app.name
    name = record.id.name.name
    realName = record.id.realName
    prefix = record.prefix
    slot = record.placement.slot?.number
    node = namespace.node?.description
    keys = namespace.keys
    keysInSlot = namespace.keysInSlot
    state = record.password == nil ? "kept" : "open"
    limits = NamespaceLimitsRow(record.limits)
  }

  private var slotText: String { slot.map(String.init) ?? "all" }
  private var keysText: String { keys.map(String.init) ?? keysInSlot.map { "≤ \($0)" } ?? "" }

  fileprivate static func table(_ rows: [NamespaceRow]) -> Table {
    Table(
      ["OWNER", "APP", "NAMESPACE", "PREFIX", .number("SLOT"), .number("KEYS"), "STATE"],
      rows: rows.map { [$0.owner, $0.app, $0.realName, $0.prefix, $0.slotText, $0.keysText, $0.state] })
  }

  /// All of it, a line for each.
  var text: String {
    let lines = [
      ("namespace", name), ("user", realName), ("prefix", prefix), ("slot", slotText), ("node", node ?? ""),
      ("keys", keysText), ("state", state), ("limits", limits.text),
    ]
    return lines.filter { !$0.1.isEmpty }
      .map { $0.0 + String(repeating: " ", count: 11 - $0.0.count) + $0.1 }.joined(separator: "\n")
  }
}

/// Limits in the output of the verbs about namespaces; its keys are stable. What is not limited is left out.
struct NamespaceLimitsRow: Encodable, Sendable {
  let connections: Int?
  let commandsPerSecond: Int?
  let scriptMilliseconds: Int?
  let memoryBytes: Int?

  init(_ limits: NamespaceLimits) {
    connections = limits.connections
    commandsPerSecond = limits.commands
    scriptMilliseconds = limits.scriptTime
    memoryBytes = limits.memory
  }

  var connectionsText: String { connections.map(String.init) ?? "none" }
  var commandsText: String { commandsPerSecond.map { "\($0)/s" } ?? "none" }
  var scriptTimeText: String { scriptMilliseconds.map(Limit.describe(scriptTime:)) ?? "none" }
  var memoryText: String { memoryBytes.map(Limit.describe(memory:)) ?? "none" }

  /// In one line; empty where there is none.
  var text: String {
    [
      connections.map { "\($0) connections" }, commandsPerSecond.map { "\($0) commands/s" },
      scriptMilliseconds.map { "scripts \(Limit.describe(scriptTime: $0))" },
      memoryBytes.map { "memory \(Limit.describe(memory: $0))" },
    ].compactMap(\.self).joined(separator: ", ")
  }
}

extension Rendering {
  init(_ namespaces: [NamespaceDescription]) {
    let rows = namespaces.map { NamespaceRow($0) }
    self.init(rows, NamespaceRow.table(rows))
  }

  /// - Parameter binding: what `env` and `helm-values` print, with the password.
  init(_ namespaces: [NamespaceDescription], binding: AppBinding) {
    self.init(namespaces)
    let withPasswords = Rendering(binding: binding)
    environment = withPasswords.environment
    helmValues = withPasswords.helmValues
  }

  init(namespacePlan plan: AppPlan) {
    self.init(plan.items, Table(["STATE", "NAMESPACE"], rows: plan.items.map { [$0.state.rawValue, $0.detail] }))
  }
}
