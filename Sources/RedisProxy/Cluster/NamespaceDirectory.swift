import Core
import Crypto
import RedisNamespaces

/// All namespaces by password and by name. Immutable, shared by all workers; a changed registry makes a new one.
final class NamespaceDirectory: Sendable {
  let version: String
  let byName: [String: Namespace]
  private let byPassword: [PasswordHash: Namespace]
  /// Milliseconds; nil where no namespace's scripts have a limit.
  let shortestScriptTime: Int?

  static let empty = NamespaceDirectory(version: "", records: [], reusing: nil)

  /// - Parameter previous: namespaces that have not changed stay the same objects.
  init(version: String, records: [NamespaceRecord], reusing previous: NamespaceDirectory?) {
    self.version = version
    var byName: [String: Namespace] = [:]
    var byPassword: [PasswordHash: Namespace] = [:]
    for record in records {
      // One without a password is deleted, its keys kept.
      guard let password = record.password else { continue }
      let known = previous?.byName[record.id.realName]
      let namespace =
        known.flatMap { $0.record == record ? $0 : nil }
        ?? Namespace(record, known?.account ?? NamespaceAccount())
      if let known, known.record.limits.commands != record.limits.commands { known.account.forgetTurns() }
      byName[namespace.realName] = namespace
      byPassword[password] = namespace
    }
    self.byName = byName
    self.byPassword = byPassword
    shortestScriptTime = byName.values.compactMap(\.record.limits.scriptTime).min()
  }

  /// The namespace that a client means.
  ///
  /// - Parameter user: `default`, as of a server without users, or the namespace's real name.
  func namespace(user: UnsafeRawBufferPointer?, password: UnsafeRawBufferPointer) -> Namespace? {
    guard let namespace = byPassword[PasswordHash(ofBytes: password)] else { return nil }
    guard let user, !user.elementsEqual("default".utf8) else { return namespace }
    return user.elementsEqual(namespace.realName.utf8) ? namespace : nil
  }
}
