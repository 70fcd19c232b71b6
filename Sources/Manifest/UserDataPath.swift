/// A directory of the user's data that an app asks for, such as `Home/Documents`.
package struct UserDataPath: Sendable, Hashable, CustomStringConvertible {
  /// Below Home; empty for Home itself.
  package let components: [String]

  /// Why a text is no such path.
  package struct Invalid: Error, Sendable {
    package let reason: String
  }

  /// Reads every spelling that real manifests use: `Home`, `/Home/`, `Home/Documents/`, `Home  `.
  package init(_ text: String) throws(Invalid) {
    guard text.utf8.count <= 4096 else { throw Invalid(reason: Self.tooLong) }
    var text = text[...]
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    text = text.drop { $0 == " " || $0 == "\t" }
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
      throw Invalid(reason: "it holds a control character")
    }
    let parts = text.split(separator: "/").filter { $0 != "." }
    guard parts.first == "Home" else { throw Invalid(reason: "it is not Home, nor below it") }
    guard !parts.contains("..") else { throw Invalid(reason: "it leads out of Home by \"..\"") }
    guard parts.allSatisfy({ $0.utf8.count <= 255 }) else { throw Invalid(reason: Self.tooLong) }
    components = parts.dropFirst().map { String($0) }
  }

  private static let tooLong = "it is too long for a file system"

  package var description: String { (["Home"] + components).joined(separator: "/") }
}
