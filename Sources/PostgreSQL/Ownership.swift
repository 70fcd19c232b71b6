import Core
import FoundationEssentials

/// Whose a role is: kept as JSON in the role's comment, which a tenant cannot change.
struct Ownership: Codable, Hashable {
  let owner: String
  let app: String

  init(_ instance: AppInstance) {
    owner = instance.owner.name
    app = instance.app.name
  }

  /// Nil for a role that we did not make.
  init?(comment: String?) {
    guard let comment, let value = try? JSONDecoder().decode(Ownership.self, from: Data(comment.utf8)) else {
      return nil
    }
    self = value
  }

  var comment: String {
    // Both names are letters, digits and hyphens, so JSON needs no escapes.
    "{\"app\":\"\(app)\",\"owner\":\"\(owner)\"}"
  }

  /// A condition for the oid of a role in a query: whether its comment may be one of ours.
  static func isRecorded(_ role: String) -> String { "starts_with(shobj_description(\(role), 'pg_authid'), '{')" }

  /// The app; nil if the comment was written by somebody else.
  var instance: AppInstance? {
    guard let app = try? AppName(app), let owner = try? Owner(owner) else { return nil }
    return AppInstance(app: app, owner: owner)
  }
}

extension Problem {
  /// An object of that name exists, and it is not `instance`'s.
  static func belongsToOther(_ kind: String, _ name: String, _ other: Ownership?, not instance: AppInstance) -> Problem
  {
    let whose = other.map { "app \($0.app) of \($0.owner)" } ?? "somebody else: olares-cli did not make it"
    return Problem(
      "postgres-belongs-to-other", .notPermitted,
      "the \(kind) \(name) that \(instance) needs belongs to \(whose)",
      hint: other == nil
        ? "rename or drop that \(kind) if nobody needs it"
        : "\"-\" and \"_\" are the same in PostgreSQL names here: choose another name in the manifest, or another owner"
    )
  }
}
