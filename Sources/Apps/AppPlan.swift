package import Core

/// What giving an app its resources will change, and the steps that do it.
package struct AppPlan: Sendable {
  package let request: AppRequest
  package let items: [Item]
  package let steps: [Step]

  /// Whether anything is to be done.
  package var changesAnything: Bool { items.contains { $0.state == .new || $0.state == .changed } }

  /// One resource of the app.
  package struct Item: Sendable, Encodable {
    package enum Part: String, Sendable, Encodable { case storage, postgres, redis, middleware, secrets }
    package enum State: String, Sendable, Encodable { case new, changed, unchanged, skipped }

    package let part: Part
    /// What it is to the app: `appData`, a database's or a namespace's name in the manifest.
    package let name: String
    /// What it really is: a path, a real name.
    package let detail: String
    package let state: State
    /// What will not be as the manifest asks.
    package let warnings: [String]

    init(_ part: Part, _ name: String, _ detail: String, _ state: State, warnings: [String] = []) {
      self.part = part
      self.name = name
      self.detail = detail
      self.state = state
      self.warnings = warnings
    }
  }
}

/// One kind of resource in a plan.
struct PlanPart: Sendable {
  var items: [AppPlan.Item] = []
  var steps: [Step] = []

  mutating func add(_ other: PlanPart) {
    items += other.items
    steps += other.steps
  }
}
