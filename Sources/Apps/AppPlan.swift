package import Core

/// What giving an app its resources will change, and the steps that do it.
package struct AppPlan: Sendable {
  package let request: AppRequest
  package let items: [Item]
  package let steps: [Step]
  /// Deletes what the app is not to have any more, once everything else is done: nothing can take it back.
  package let pruning: [Step]

  /// Whether anything is to be done.
  package var changesAnything: Bool { items.contains { $0.state.isChange } }
  /// The data that will be gone for good.
  package var deleted: [Item] { items.filter { $0.state == .deleted } }
  /// What the app has and its manifest does not ask for, each a line for people.
  package var remarks: [String] { items.flatMap(\.remarks) }

  /// One resource of the app.
  package struct Item: Sendable, Encodable {
    package enum Part: String, Sendable, Encodable { case storage, postgres, redis, middleware, secrets }
    package enum State: String, Sendable, Encodable {
      case new, changed, unchanged, skipped
      /// Left behind by an app of the same name, and taken over.
      case adopted
      /// A permission that ends. What it was about stays.
      case revoked
      /// Not asked for any more, and kept.
      case notAskedFor = "not asked for"
      /// Not asked for any more, and to be deleted with all that is in it.
      case deleted

      var isChange: Bool {
        switch self {
        case .new, .changed, .adopted, .revoked, .deleted: true
        case .unchanged, .skipped, .notAskedFor: false
        }
      }
    }

    package let part: Part
    /// What it is to the app: `appData`, a database's or a namespace's name in the manifest.
    package let name: String
    /// What it really is: a path, a real name.
    package let detail: String
    package let state: State
    /// What will not be as the manifest asks.
    package let warnings: [String]
    /// What there is that the manifest does not ask for.
    package let remarks: [String]

    init(
      _ part: Part, _ name: String, _ detail: String, _ state: State, warnings: [String] = [], remarks: [String] = []
    ) {
      self.part = part
      self.name = name
      self.detail = detail
      self.state = state
      self.warnings = warnings
      self.remarks = remarks
    }
  }
}

/// One kind of resource in a plan.
struct PlanPart: Sendable {
  var items: [AppPlan.Item] = []
  var steps: [Step] = []
  var pruning: [Step] = []

  mutating func add(_ other: PlanPart) {
    items += other.items
    steps += other.steps
    pruning += other.pruning
  }
}
