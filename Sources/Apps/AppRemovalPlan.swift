package import Core
import PostgreSQL
import Redis
import RedisNamespaces
import Storage

/// What taking everything back from an app instance will change, and the steps that do it.
package struct AppRemovalPlan: Sendable {
  package let instance: AppInstance
  package let deletesData: Bool
  package let items: [Item]
  package let steps: [Step]

  /// The data that will be gone for good.
  package var deletedData: [Item] {
    items.filter { $0.state == .deleted && [.directory, .database, .namespace].contains($0.kind) }
  }
  /// The data that stays, closed to everybody.
  package var keptData: [Item] {
    deletesData ? [] : items.filter { [.directory, .database, .namespace].contains($0.kind) }
  }
  /// Whether anything is to be done, as far as it can be foreseen.
  package var changesAnything: Bool { items.contains { $0.state != .kept } }

  /// One thing that the app has, or that was left behind.
  package struct Item: Sendable, Encodable {
    package enum State: String, Sendable, Encodable {
      /// Taken from the app, with its data kept where it has any.
      case closed
      /// Not the app's any more already, with its data.
      case kept
      case deleted
    }

    package let part: AppPlan.Item.Part
    /// What it is: a grant, a directory, a role, a database, a namespace, or secrets.
    package let kind: Kind
    /// A path or a real name.
    package let name: String
    package let state: State
    /// What it takes on the disk; nil where that is not known.
    package var bytes: Int?
    /// Open at present.
    package var connections: Int?
    package var keys: Int?

    package enum Kind: String, Sendable, Encodable { case grant, directory, role, database, namespace, secrets }

    init(_ part: AppPlan.Item.Part, _ kind: Kind, _ name: String, _ state: State) {
      self.part = part
      self.kind = kind
      self.name = name
      self.state = state
    }
  }
}

/// A part of a removal.
struct RemovalPart: Sendable {
  var items: [AppRemovalPlan.Item] = []
  var steps: [Step] = []
}
