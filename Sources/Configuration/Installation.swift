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
    /// The administrator's own database; nil for `postgres`.
    package var database: String?
    /// `sslmode` and `sslrootcert` as libpq knows them; nil for its defaults.
    package var sslMode: String?
    package var sslRootCertificate: String?

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
    /// Of an attached cluster, whose nodes may be anywhere; `host` and `ports` are then those of the first.
    package var seeds: [Address]?
    /// Where apps reach their namespaces; nil on a machine that was prepared before there was a proxy.
    package var proxy: Address?

    /// Nodes that are being added: not yet to be asked about the cluster.
    package var joining: [JoiningNode]?
    /// Nodes that are being taken away: their services may still be there.
    package var leaving: [Address]?

    /// What a run has begun to add, so that the next one goes on with it.
    package struct JoiningNode: Codable, Sendable, Equatable {
      package var address: Address
      /// The id of the node that it is to copy; nil for a master.
      package var master: String?
      /// The id of the lost node whose place it takes.
      package var replaced: String?
      /// What the lost node was the only one to serve, such as `0-5460 5462`.
      package var slots: String?

      package init(address: Address, master: String? = nil) {
        self.address = address
        self.master = master
      }
    }

    package struct Address: Codable, Sendable, Hashable, CustomStringConvertible {
      package var host: String
      package var port: UInt16

      package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
      }

      package var description: String { "\(host):\(port)" }
    }

    /// Where to ask about the cluster.
    package var addresses: [Address] { seeds ?? ports.map { Address(host: host, port: $0) } }

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

  /// What a record says about the machine. Each stage has a file of its own, since only a prepared machine is for use.
  package enum Stage: String, Sendable, CaseIterable {
    /// A run of `prepare` began and has not ended.
    case preparing
    case prepared
    /// The services are gone, and the data is kept: `prepare` brings it back as it was.
    case uninstalled

    package func file(in baseDirectory: FilePath) -> FilePath {
      baseDirectory.appending(self == .prepared ? "config.yaml" : "\(rawValue).yaml")
    }
  }

  /// What is on record under `baseDirectory`; nil when nothing is.
  package static func loadIfPresent(
    from baseDirectory: FilePath, _ stage: Stage = .prepared
  ) throws(Problem) -> Installation? {
    let path = stage.file(in: baseDirectory)
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
      let file = Stage.prepared.file(in: baseDirectory)
      throw Problem(
        "not-prepared", .notPrepared, "this machine is not prepared: there is no \(file)",
        hint: "run olares-cli prepare, or name the right --base-dir")
    }
    return installation
  }

  package func save(to baseDirectory: FilePath, as stage: Stage = .prepared) throws(Problem) {
    try AtomicFile.write(try YAMLDocument.encode(self), to: stage.file(in: baseDirectory))
  }

  package static func remove(_ stage: Stage, from baseDirectory: FilePath) throws(Problem) {
    try Files.remove(stage.file(in: baseDirectory))
  }
}
