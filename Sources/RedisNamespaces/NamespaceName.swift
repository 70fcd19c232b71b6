package import Core

/// The name of a namespace as a manifest writes it, such as `db0`.
package struct NamespaceName: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let name: String

  /// - Throws: `Problem` `bad-namespace-name` (usage) if the name is not 1–63 of `A-Z a-z 0-9 _ -`. Such names need no
  ///   escaping in key patterns, ACL rules and hash tags.
  package init(_ name: String) throws(Problem) {
    guard (1...63).contains(name.utf8.count), name.utf8.allSatisfy(\.isNameCharacter) else {
      throw Problem(
        "bad-namespace-name", .usage, "\"\(name.shortened(to: 80))\" is not a namespace's name",
        hint: "a namespace has 1 to 63 letters, digits, hyphens and underscores, such as db0")
    }
    self.name = name
  }

  package var description: String { name }
  package static func < (left: NamespaceName, right: NamespaceName) -> Bool { left.name < right.name }
}

/// One namespace of one app of one owner. Its real name is `<app>-<owner>_<name>`, as Olares reports it to apps.
package struct NamespaceID: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let instance: AppInstance
  package let name: NamespaceName

  package init(_ instance: AppInstance, _ name: NamespaceName) {
    self.instance = instance
    self.name = name
  }

  /// Reads a real name: unambiguous, since an app's name has no hyphen and an owner's no underscore. Nil for any other text.
  package init?(realName: String) {
    guard let hyphen = realName.firstIndex(of: "-"),
      let underscore = realName[hyphen...].firstIndex(of: "_"),
      let app = try? AppName(String(realName[..<hyphen])),
      let owner = try? Owner(String(realName[realName.index(after: hyphen)..<underscore])),
      let name = try? NamespaceName(String(realName[realName.index(after: underscore)...]))
    else { return nil }
    self.init(AppInstance(app: app, owner: owner), name)
  }

  package var realName: String { "\(instance.namespace)_\(name)" }
  package var description: String { realName }
  package static func < (left: NamespaceID, right: NamespaceID) -> Bool {
    (left.instance, left.name) < (right.instance, right.name)
  }
}

extension UInt8 {
  fileprivate var isNameCharacter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
