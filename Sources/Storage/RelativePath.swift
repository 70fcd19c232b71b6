package import Core
package import SystemPackage

/// A path below some directory, in parts that can name nothing else than an entry of the directory before them.
///
/// Parts are compared byte for byte: file systems know no Unicode equivalence, while Swift's `String` does.
package struct RelativePath: Sendable, Hashable {
  package let components: [FilePath.Component]

  package static let empty = RelativePath(components: [])

  init(components: [FilePath.Component]) { self.components = components }

  /// - Throws: `Problem` `bad-path` (bad data) for `..`, `.`, control characters, or names the kernel would refuse.
  package init(_ text: String) throws(Problem) {
    var components: [FilePath.Component] = []
    for part in text.split(separator: "/") {
      components.append(try Self.component(String(part), in: text))
    }
    guard text.utf8.count <= Self.longestPath, components.count <= Self.deepestPath else {
      throw Problem(
        "bad-path", .badData, "the path \"\(text.shortened(to: 60))\" is too long",
        hint: "at most \(Self.longestPath) bytes and \(Self.deepestPath) directories deep")
    }
    self.components = components
  }

  /// One name, checked.
  package static func component(_ name: String) throws(Problem) -> FilePath.Component {
    try component(name, in: name)
  }

  private static func component(_ name: String, in text: String) throws(Problem) -> FilePath.Component {
    let shown = text.shortened(to: 80)
    guard name.allSatisfy(\.isPrintable) else {
      throw Problem("bad-path", .badData, "the path \"\(shown)\" contains a control character")
    }
    guard name.utf8.count <= 255 else {
      throw Problem("bad-path", .badData, "a name in the path \"\(shown)\" is longer than 255 bytes")
    }
    guard let component = FilePath.Component(name), component.kind == .regular else {
      throw Problem(
        "bad-path", .badData, "the path \"\(shown)\" has a part that is no directory's name",
        hint: "name the directories from the top, without \".\" and \"..\"")
    }
    return component
  }

  package var text: String { components.map(\.string).joined(separator: "/") }
  package var isEmpty: Bool { components.isEmpty }
  package var parent: RelativePath { RelativePath(components: Array(components.dropLast())) }

  package func appending(_ component: FilePath.Component) -> RelativePath {
    RelativePath(components: components + [component])
  }

  package func appending(_ other: RelativePath) -> RelativePath {
    RelativePath(components: components + other.components)
  }

  /// Whether `other` is this path or lies below it.
  package func covers(_ other: RelativePath) -> Bool { other.components.starts(with: components) }

  /// What is left of the path below its first part.
  var withoutFirst: RelativePath { RelativePath(components: Array(components.dropFirst())) }

  private static let longestPath = 2048
  private static let deepestPath = 32
}

extension RelativePath: Codable {
  package init(from decoder: any Decoder) throws {
    self = try RelativePath(String(from: decoder))
  }

  package func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }
}

extension FilePath {
  /// The path of `relative` below this one, for messages and for values that an app gets.
  package func appending(_ relative: RelativePath) -> FilePath { appending(relative.components) }
}
