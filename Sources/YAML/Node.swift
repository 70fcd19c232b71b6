package import Core

/// A value of a YAML text that knows where it stands.
package struct Node: Sendable {
  package enum Content: Sendable {
    case scalar(Scalar)
    case sequence([Node])
    case mapping(Mapping)
  }

  package let content: Content
  package let place: Place

  package init(_ content: Content, at place: Place) {
    self.content = content
    self.place = place
  }

  package var location: SourceLocation { place.location }
}

/// The entries of a mapping in the order they were written. No key occurs twice.
package struct Mapping: Sendable {
  package struct Entry: Sendable {
    /// The key as the text that JSON would have: `true` for `yes`, `8` for `010`.
    package let name: String
    package let key: Node
    package let value: Node

    package init(name: String, key: Node, value: Node) {
      self.name = name
      self.key = key
      self.value = value
    }
  }

  package let entries: [Entry]
  /// Only for large mappings; few entries are faster compared one by one.
  private let positions: [String: Int]

  package init(_ entries: [Entry]) {
    self.entries = entries
    positions =
      entries.count <= Self.smallCount
      ? [:]
      : Dictionary(entries.indices.map { (entries[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package func entry(_ name: String) -> Entry? {
    guard entries.count > Self.smallCount else { return entries.first { $0.name == name } }
    return positions[name].map { entries[$0] }
  }

  package subscript(_ name: String) -> Node? { entry(name)?.value }

  private static let smallCount = 16
}
