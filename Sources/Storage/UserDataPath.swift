package import Core
import SystemPackage

/// A directory of the owner's that an app asks for in `permission.userData`: `Home`, or one below it.
package struct UserDataPath: Sendable, Hashable, CustomStringConvertible {
  /// From the root of the userspace volume; the first part is `Home`.
  package let path: RelativePath

  /// Reads the shapes that manifests use: `Home`, `Home/Documents/`, `/Home/`, with blanks around.
  /// - Throws: `Problem` `bad-path` or `bad-user-data` (bad data).
  package init(_ text: String) throws(Problem) {
    var trimmed = Substring(text)
    while trimmed.first == " " || trimmed.first == "\t" { trimmed.removeFirst() }
    while trimmed.last == " " || trimmed.last == "\t" { trimmed.removeLast() }
    let path = try RelativePath(String(trimmed))
    guard Self.isInHome(path) else {
      throw Problem(
        "bad-user-data", .badData, "\"\(text.shortened(to: 80))\" is not a directory of the owner's Home",
        hint: "write Home for all of it, or a directory below, such as Home/Documents")
    }
    self.path = path
  }

  /// Where the app finds it below its `userData` directory; empty for all of Home.
  package var pathInView: RelativePath { path.withoutFirst }
  package var isWholeHome: Bool { pathInView.isEmpty }
  package var description: String { path.text }

  /// The directories without those that another one of them contains, in a stable order.
  package static func outermost(_ paths: [UserDataPath]) -> [UserDataPath] {
    let distinct = Set(paths)
    return
      distinct
      .filter { candidate in !distinct.contains { $0 != candidate && $0.path.covers(candidate.path) } }
      .sorted { Array($0.description.utf8).lexicographicallyPrecedes(Array($1.description.utf8)) }
  }

  static let home = "Home"

  /// Whether a path in a userspace volume is Home or lies below it.
  static func isInHome(_ path: RelativePath) -> Bool { path.components.first?.string == home }
}

extension UserDataPath: Codable {
  package init(from decoder: any Decoder) throws { self = try UserDataPath(String(from: decoder)) }
  package func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}
