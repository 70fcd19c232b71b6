import Apps
import Configuration
import Core
import Foundation
import PostgreSQL
import Storage
import SystemPackage
import TestServers

/// A prepared machine as far as PostgreSQL goes: a real server, and a base directory of its own.
struct PostgreSQLMachine: Sendable {
  let baseDirectory: FilePath
  let server: PostgreSQLServer
  let layer: DataLayer

  static func with(_ server: PostgreSQLServer, _ body: (PostgreSQLMachine) async throws -> Void) async throws {
    try await Scratch.with { scratch in
      let baseDirectory = scratch.path.appending("base")
      try Files.createDirectory(baseDirectory)
      let endpoint = server.endpoint
      try Installation(
        prepared: .now, root: scratch.path.appending("root"), fileSystem: .local,
        postgres: .init(host: endpoint.host, port: endpoint.port, admin: endpoint.user, managed: true),
        redis: .init(host: "127.0.0.1", ports: [1], admin: "", managed: true)
      ).save(to: baseDirectory)
      var servers = SecretStore.ServerSecrets()
      servers.postgresAdmin = endpoint.password.map(StoredSecret.init)
      try SecretStore(baseDirectory: baseDirectory).save(servers)
      try await body(
        PostgreSQLMachine(
          baseDirectory: baseDirectory, server: server, layer: try DataLayer(baseDirectory: baseDirectory)))
    }
  }

  /// Gives databases to a new app of a new owner, since the server is shared by all tests.
  func newApp(_ app: String = "wiki", databases: [String] = ["main"]) async throws -> AppInstance {
    let owner = try Owner("o\(UInt32.random(in: 0 ... .max))")
    let instance = AppInstance(app: try AppName(app), owner: owner)
    _ = try await give(instance, databases)
    return instance
  }

  /// - Returns: whether anything was changed.
  func give(_ instance: AppInstance, _ databases: [String]) async throws -> Bool {
    let request = AppRequest(
      instance,
      postgres: .init(
        username: "app",
        databases: try databases.map { try DatabaseRequest(writtenName: $0, of: instance) }))
    return try await AppProvisioner(layer, warn: { _ in }).apply(request) { _ in { _ in } }
  }

  func drop(_ instance: AppInstance, _ names: [String] = []) async throws {
    try await layer.carryOut(layer.databaseRemoval(of: instance, names: names))
  }

  /// Logs in as the app.
  func login(_ instance: AppInstance, _ database: String = "main") async throws -> TenantSession {
    guard let account = try layer.secrets.secrets(of: instance).postgres else {
      throw Problem("no-account", .failed, "\(instance) has no account")
    }
    return try await .connect(
      to: server.endpoint, role: RoleName(username: "app", of: instance), password: account.password.secret,
      database: DatabaseName(database: database, of: instance))
  }

  /// olares-cli as it was built beside these tests.
  static var executable: String {
    get throws {
      let tests = FilePath(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      return tests.removingLastComponent().appending("olares-cli").string
    }
  }

  /// Runs a verb about databases on this machine.
  /// - Parameter input: a shell command whose output it reads.
  func run(_ words: String..., input: String = "true") async throws -> ChildProcess.Result {
    try await ChildProcess(
      "/bin/sh",
      ["-c", "\(input) | \"$0\" \"$@\"", try Self.executable, "db"]
        + withOptions(words), environment: ["HOME": baseDirectory.string]
    ).run()
  }

  /// Before `--`, which ends our own options.
  private func withOptions(_ words: [String]) -> [String] {
    let end = words.firstIndex(of: "--") ?? words.endIndex
    return words[..<end] + ["--base-dir", baseDirectory.string] + words[end...]
  }
}
