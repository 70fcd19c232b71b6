package import Core
import FoundationEssentials

/// What the registry knows of one namespace. Everything else, such as its ACL user, is derived from this.
package struct NamespaceRecord: Sendable, Hashable {
  package let id: NamespaceID
  package let placement: Placement
  /// Counts up when the whole content is replaced: a restore fills the next generation and then switches to it.
  package var generation: Int
  /// Nil for a deleted namespace whose keys are kept: nobody can log in, and its slot stays taken.
  package var password: PasswordHash?

  package init(id: NamespaceID, placement: Placement, generation: Int = 1, password: PasswordHash?) {
    self.id = id
    self.placement = placement
    self.generation = generation
    self.password = password
  }

  /// What every key and channel of the namespace starts with. It ends with `:`, which no real name contains, so that no
  /// namespace's prefix is the start of another's; and an app cannot override the tag, because the first one counts.
  package var prefix: String {
    switch placement {
    case .oneSlot(let tag): "\(id.realName).\(generation){\(tag.text)}:"
    case .spread: "\(id.realName).\(generation):"
    }
  }

  /// What the keys of one of the databases that the proxy shows start with, where database 0 is the namespace itself.
  /// None is the start of another: after the generation comes `{` or `:` in database 0, and `.` in the others.
  package func prefix(ofDatabase database: Int) -> String {
    if database == 0 { return prefix }
    return switch placement {
    case .oneSlot(let tag): "\(id.realName).\(generation).\(database){\(tag.text)}:"
    case .spread: "\(id.realName).\(generation).\(database):"
    }
  }

  /// What the keys of all databases but 0 start with, in the present generation.
  package var prefixOfFurtherDatabases: String { "\(id.realName).\(generation)." }

  /// What the keys of all generations start with. No other real name contains a `.`.
  package var prefixOfAllGenerations: String { "\(id.realName)." }

  /// Whether a key is the namespace's, of whichever generation.
  package func owns(_ key: [UInt8]) -> Bool { key.starts(with: prefixOfAllGenerations.utf8) }
}

extension NamespaceRecord {
  /// The key of the registry: a hash from real name to `encoded`. No namespace's prefix can match it.
  package static let registryKey = "olares:namespaces"
  /// No namespace is placed beside the registry, so that counts by slot are of one namespace only.
  package static let registrySlot = HashSlot(ofKey: registryKey)

  /// The value in the registry, as JSON.
  package func encoded() throws -> String {
    let tag: String? = if case .oneSlot(let tag) = placement { tag.text } else { nil }
    let fields = Fields(
      owner: id.instance.owner.name, app: id.instance.app.name, name: id.name.name, tag: tag, generation: generation,
      password: password?.hexadecimal)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(fields), as: UTF8.self)
  }

  /// - Throws: `Problem` `bad-namespace-record` if the registry holds what we did not write.
  package init(realName: String, encoded: String) throws(Problem) {
    guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(encoded.utf8)),
      let app = try? AppName(fields.app), let owner = try? Owner(fields.owner),
      let name = try? NamespaceName(fields.name), fields.generation > 0
    else { throw Self.damaged(realName) }
    let id = NamespaceID(AppInstance(app: app, owner: owner), name)
    let tag = fields.tag.map(HashTag.init)
    let password = fields.password.map(PasswordHash.init(hexadecimal:))
    // An inner nil is a field that is there but not valid.
    guard id.realName == realName, tag != .some(nil), password != .some(nil) else { throw Self.damaged(realName) }
    self.init(
      id: id, placement: (tag ?? nil).map(Placement.oneSlot) ?? .spread, generation: fields.generation,
      password: password ?? nil)
  }

  private static func damaged(_ realName: String) -> Problem {
    Problem(
      "bad-namespace-record", .badData,
      "the registry of namespaces holds an entry \"\(realName.shortened(to: 160))\" that cannot be read",
      hint: "look at it: redis-cli HGET \(registryKey) NAME")
  }

  private struct Fields: Codable {
    let owner: String
    let app: String
    let name: String
    let tag: String?
    let generation: Int
    let password: String?
  }
}
