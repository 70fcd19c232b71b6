import Apps
import Configuration
import Core
import RedisNamespaces

/// A namespace in the output of the verbs about namespaces; its keys are stable.
private struct NamespaceRow: Encodable, Sendable {
  let owner: String
  let app: String
  let name: String
  let realName: String
  let prefix: String
  /// Nil where it is spread over all slots.
  let slot: Int?
  /// `open`, or `kept` where it was deleted and its keys were not.
  let state: String

  init(_ record: NamespaceRecord) {
    owner = record.id.instance.owner.name
    app = record.id.instance.app.name
    name = record.id.name.name
    realName = record.id.realName
    prefix = record.prefix
    slot = record.placement.slot?.number
    state = record.password == nil ? "kept" : "open"
  }
}

extension Rendering {
  init(_ records: [NamespaceRecord]) {
    let rows = records.map { NamespaceRow($0) }
    self.init(
      rows,
      Table(
        ["OWNER", "APP", "NAMESPACE", "PREFIX", .number("SLOT"), "STATE"],
        rows: rows.map { [$0.owner, $0.app, $0.realName, $0.prefix, $0.slot.map(String.init) ?? "all", $0.state] }))
  }

  /// - Parameter binding: what `env` and `helm-values` print, with the password.
  init(_ records: [NamespaceRecord], binding: AppBinding) {
    self.init(records)
    let withPasswords = Rendering(binding: binding)
    environment = withPasswords.environment
    helmValues = withPasswords.helmValues
  }

  init(namespacePlan plan: AppPlan) {
    self.init(plan.items, Table(["STATE", "NAMESPACE"], rows: plan.items.map { [$0.state.rawValue, $0.detail] }))
  }
}

extension DataLayer {
  /// Replaces or removes the password that is kept for an app's namespace.
  nonisolated func keep(_ account: AppSecrets.RedisAccount?, for id: NamespaceID) throws(Problem) {
    var kept = try secrets.secrets(of: id.instance)
    kept.redis[id.name.name] = account
    try secrets.save(kept, of: id.instance)
  }
}
