package import Core

/// The real name of an app's role: `<username>_<owner>_<app>`, each `-` as `_`, in lower case, as Olares names it.
package struct RoleName: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let name: String

  /// - Parameter username: as the manifest writes it.
  /// - Throws: `Problem` `bad-name` (bad data).
  package init(username: String, of instance: AppInstance) throws(Problem) {
    name = try realName("user name", username, "\(username)_\(instance.owner)_\(instance.app)")
    guard !name.hasPrefix("pg_") else {
      throw Problem(
        "bad-name", .badData,
        "the PostgreSQL role would be \(name), and names that start with pg_ are PostgreSQL's own",
        hint: "change middleware.postgres.username in the manifest")
    }
  }

  /// A name that the server itself reported.
  init(reported name: String) { self.name = name }

  package var description: String { name }
  package static func < (left: RoleName, right: RoleName) -> Bool { left.name < right.name }
  var quoted: String { SQLText.identifier(name) }
}

/// The real name of an app's database: `<app>-<owner>_<database>`, each `-` as `_`, in lower case, as Olares names it.
package struct DatabaseName: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let name: String

  /// - Parameter database: as the manifest writes it.
  /// - Throws: `Problem` `bad-name` (bad data).
  package init(database: String, of instance: AppInstance) throws(Problem) {
    name = try realName("database name", database, "\(instance.namespace)_\(database)")
  }

  /// A name that the server itself reported.
  init(reported name: String) { self.name = name }

  /// What the app calls its database, as far as the real name tells: `-` and upper case are lost in it.
  package func writtenName(in instance: AppInstance) -> String {
    let prefix = instance.namespace.replacing("-", with: "_") + "_"
    return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
  }

  package var description: String { name }
  package static func < (left: DatabaseName, right: DatabaseName) -> Bool { left.name < right.name }
  var quoted: String { SQLText.identifier(name) }
}

/// The server cuts a longer identifier without a word, and two names could become one.
private let longestIdentifier = 63

private func realName(_ kind: String, _ written: String, _ composed: String) throws(Problem) -> String {
  let allowed = written.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
  guard !written.isEmpty, allowed else {
    throw Problem(
      "bad-name", .badData, "\"\(written.shortened(to: 80))\" is not a PostgreSQL \(kind)",
      hint: "use letters, digits, _ and - only")
  }
  let name = composed.replacing("-", with: "_").lowercased()
  guard name.utf8.count <= longestIdentifier else {
    throw Problem(
      "name-too-long", .badData,
      "the PostgreSQL name \(name) has \(name.utf8.count) bytes, and PostgreSQL allows \(longestIdentifier)",
      hint: "choose a shorter \(kind) in the manifest, or a shorter owner's name")
  }
  return name
}
