package import Core
package import SystemPackage
import YAML

/// Where olares-cli keeps what it knows about this machine, and how it was found.
package struct BaseDirectory: Sendable {
  package enum Origin: Sendable {
    /// `--base-dir` or `OLARES_BASE_DIR`.
    case chosen
    /// What `prepare` recorded in `/etc/olares/cli.yaml`, so that cron, services, sudo and su agree.
    case pointer
    /// `$HOME/.olares`, as olares-cli has it.
    case home
  }

  package let path: FilePath
  package let origin: Origin

  /// Precedence: `--base-dir`, `OLARES_BASE_DIR`, `/etc/olares/cli.yaml`, `$HOME/.olares`.
  /// - Throws: `Problem` (configuration) when the pointer cannot be read or nothing tells a directory.
  package static func resolve(option: String?, environment: [String: String]) throws(Problem) -> BaseDirectory {
    if let chosen = option ?? environment["OLARES_BASE_DIR"], !chosen.isEmpty {
      return BaseDirectory(path: try absolute(chosen, environment), origin: .chosen)
    }
    if let pointer = try Pointer.load() {
      return BaseDirectory(path: FilePath(pointer.baseDirectory), origin: .pointer)
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else {
      throw Problem(
        "no-base-dir", .notPrepared, "HOME is not set, so there is no default base directory",
        hint: "name one with --base-dir")
    }
    return BaseDirectory(path: FilePath(home).appending(".olares"), origin: .home)
  }

  private static func absolute(_ text: String, _ environment: [String: String]) throws(Problem) -> FilePath {
    let path = FilePath(text)
    if path.isAbsolute { return path.lexicallyNormalized() }
    guard let here = environment["PWD"], here.hasPrefix("/") else {
      throw Problem(
        "bad-base-dir", .usage, "\"\(text)\" is not an absolute path", hint: "give --base-dir a path from /")
    }
    return FilePath(here).pushing(path).lexicallyNormalized()
  }
}

/// `/etc/olares/cli.yaml`: which base directory belongs to this machine.
package struct Pointer: Codable, Sendable {
  package let baseDirectory: String

  package init(baseDirectory: FilePath) { self.baseDirectory = baseDirectory.string }

  package static let path: FilePath = "/etc/olares/cli.yaml"

  package static func load() throws(Problem) -> Pointer? {
    guard let text = try Files.readTextIfPresent(path) else { return nil }
    return try YAMLDocument.decode(Pointer.self, from: text, file: path)
  }

  /// Readable by everybody: it holds no secret, and every account's olares-cli looks here.
  package func save() throws(Problem) {
    try Files.createDirectory(
      Self.path.removingLastComponent(), mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
    try AtomicFile.write(
      try YAMLDocument.encode(self), to: Self.path, mode: [.ownerReadWrite, .groupRead, .otherRead])
  }

  package static func remove() throws(Problem) { try AtomicFile.remove(path) }
}
