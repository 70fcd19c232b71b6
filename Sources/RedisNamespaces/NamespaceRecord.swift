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
  package var limits: NamespaceLimits
  /// What another version of olares-cli wrote and this one does not know, which stays when the record is written again.
  private var unknown: [String: JSONValue] = [:]
  private var unknownLimits: [String: JSONValue] = [:]

  package init(
    id: NamespaceID, placement: Placement, generation: Int = 1, password: PasswordHash?, limits: NamespaceLimits = .none
  ) {
    self.id = id
    self.placement = placement
    self.generation = generation
    self.password = password
    self.limits = limits
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
    var fields = unknown
    fields["owner"] = .string(id.instance.owner.name)
    fields["app"] = .string(id.instance.app.name)
    fields["name"] = .string(id.name.name)
    if case .oneSlot(let tag) = placement { fields["tag"] = .string(tag.text) }
    fields["generation"] = .integer(generation)
    fields["password"] = password.map { .string($0.hexadecimal) }
    var limitFields = unknownLimits
    for (name, limit) in Self.limitFields { limitFields[name] = limits[keyPath: limit].map(JSONValue.integer) }
    fields["limits"] = limitFields.isEmpty ? nil : .object(limitFields)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(fields), as: UTF8.self)
  }

  /// - Throws: `Problem` `bad-namespace-record` if the registry holds what we did not write.
  package init(realName: String, encoded: String) throws(Problem) {
    guard var fields = try? JSONDecoder().decode([String: JSONValue].self, from: Data(encoded.utf8)) else {
      throw Self.damaged(realName)
    }
    func take(_ name: String) -> JSONValue? { fields.removeValue(forKey: name).flatMap { $0 == .null ? nil : $0 } }
    guard let app = take("app")?.string.flatMap({ try? AppName($0) }),
      let owner = take("owner")?.string.flatMap({ try? Owner($0) }),
      let name = take("name")?.string.flatMap({ try? NamespaceName($0) }),
      let generation = take("generation")?.integer, generation > 0
    else { throw Self.damaged(realName) }
    let id = NamespaceID(AppInstance(app: app, owner: owner), name)
    let tag = take("tag").map { $0.string.flatMap(HashTag.init) }
    let password = take("password").map { $0.string.flatMap(PasswordHash.init(hexadecimal:)) }
    let limits = take("limits").map(\.object)
    // An inner nil is a field that is there but not valid.
    guard id.realName == realName, tag != .some(nil), password != .some(nil), limits != .some(nil) else {
      throw Self.damaged(realName)
    }
    self.init(
      id: id, placement: (tag ?? nil).map(Placement.oneSlot) ?? .spread, generation: generation,
      password: password ?? nil)
    unknown = fields
    unknownLimits = (limits ?? nil) ?? [:]
    for (name, limit) in Self.limitFields {
      guard let value = unknownLimits.removeValue(forKey: name) else { continue }
      guard let number = value.integer, number > 0 else { throw Self.damaged(realName) }
      self.limits[keyPath: limit] = number
    }
  }

  /// The names are part of the format.
  private static var limitFields: [(String, WritableKeyPath<NamespaceLimits, Int?>)] {
    [
      ("commands", \.commands), ("connections", \.connections), ("memory", \.memory), ("scriptTime", \.scriptTime),
    ]
  }

  private static func damaged(_ realName: String) -> Problem {
    Problem(
      "bad-namespace-record", .badData,
      "the registry of namespaces holds an entry \"\(realName.shortened(to: 160))\" that cannot be read",
      hint: "look at it: redis-cli HGET \(registryKey) NAME")
  }
}
