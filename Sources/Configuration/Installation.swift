package import Core
package import FoundationEssentials
package import SystemPackage
import YAML

/// `<base-dir>/config.yaml`: the endpoints, root and kind of file system of a prepared machine. It holds no secret.
package struct Installation: Codable, Sendable, Equatable {
  /// Of this file's format.
  package var version = 1
  package var prepared: Date
  /// The root of the data layer, `/olares` by default.
  package var root: String
  package var fileSystem: FileSystemKind
  package var postgres: PostgreSQLSettings
  package var redis: RedisSettings
  /// True for an instance beside the machine's own, which `/etc/olares/cli.yaml` does not point to.
  package var separate: Bool?

  /// `.Values.fs_type`.
  package enum FileSystemKind: String, Codable, Sendable {
    case local = "fs"
    case juiceFS = "jfs"
  }

  package struct PostgreSQLSettings: Codable, Sendable, Equatable {
    package var host: String
    package var port: UInt16
    package var admin: String
    /// Whether we installed it, and so run and remove it.
    package var managed: Bool

    package init(host: String, port: UInt16, admin: String, managed: Bool) {
      self.host = host
      self.port = port
      self.admin = admin
      self.managed = managed
    }
  }

  package struct RedisSettings: Codable, Sendable, Equatable {
    package var host: String
    /// Of the cluster's nodes; any of them tells about the others.
    package var ports: [UInt16]
    package var admin: String
    package var managed: Bool

    package init(host: String, ports: [UInt16], admin: String, managed: Bool) {
      self.host = host
      self.ports = ports
      self.admin = admin
      self.managed = managed
    }
  }

  package init(
    prepared: Date, root: FilePath, fileSystem: FileSystemKind, postgres: PostgreSQLSettings, redis: RedisSettings
  ) {
    self.prepared = prepared
    self.root = root.string
    self.fileSystem = fileSystem
    self.postgres = postgres
    self.redis = redis
  }

  private static func path(in baseDirectory: FilePath) -> FilePath { baseDirectory.appending("config.yaml") }

  /// What is prepared under `baseDirectory`; nil when nothing is.
  package static func loadIfPresent(from baseDirectory: FilePath) throws(Problem) -> Installation? {
    let path = path(in: baseDirectory)
    guard let text = try Files.readTextIfPresent(path) else { return nil }
    let installation = try YAMLDocument.decode(Installation.self, from: text, file: path)
    guard installation.version == 1 else {
      throw Problem(
        "newer-configuration", .notPrepared, "\(path) has version \(installation.version); this olares-cli knows 1",
        hint: "use the olares-cli that wrote it, or a newer one")
    }
    return installation
  }

  /// - Throws: `Problem` `not-prepared` when nothing is prepared under `baseDirectory`.
  package static func load(from baseDirectory: FilePath) throws(Problem) -> Installation {
    guard let installation = try loadIfPresent(from: baseDirectory) else {
      throw Problem(
        "not-prepared", .notPrepared, "this machine is not prepared: there is no \(path(in: baseDirectory))",
        hint: "run olares-cli prepare, or name the right --base-dir")
    }
    return installation
  }

  package func save(to baseDirectory: FilePath) throws(Problem) {
    try AtomicFile.write(try YAMLDocument.encode(self), to: Self.path(in: baseDirectory))
  }
}
