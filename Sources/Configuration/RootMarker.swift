package import Core
package import SystemPackage
import YAML

/// `<root>/.olares-root`: which base directory has the passwords to the data below the root. It tells our root from any
/// other directory, and from the empty place where a disk is not mounted.
package struct RootMarker: Codable, Sendable, Equatable {
  package let baseDirectory: String

  package init(baseDirectory: FilePath) { self.baseDirectory = baseDirectory.string }

  package static let name = ".olares-root"

  private static func path(in root: FilePath) -> FilePath { root.appending(name) }

  /// - Throws: `Problem` for a marker that cannot be read.
  package static func load(from root: FilePath) throws(Problem) -> RootMarker? {
    guard let text = try Files.readTextIfPresent(path(in: root)) else { return nil }
    return try YAMLDocument.decode(RootMarker.self, from: text, file: path(in: root))
  }

  package func save(to root: FilePath) throws(Problem) {
    try AtomicFile.write(try YAMLDocument.encode(self), to: Self.path(in: root))
  }

  package static func remove(from root: FilePath) throws(Problem) { try Files.remove(path(in: root)) }
}
