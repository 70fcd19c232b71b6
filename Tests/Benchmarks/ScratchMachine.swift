import Configuration
import Core
import FoundationEssentials
import Glibc
import PostgreSQL
import Redis
import Storage
import SystemPackage
import TestServers

/// A prepared machine in a directory of its own, gone when this process ends: real servers that wait for the disk, and
/// the base directory by which the executable finds them.
struct ScratchMachine {
  let baseDirectory: FilePath
  let postgres: PostgreSQLServer
  let redis: RedisClusterServer
  private let executable: String
  private let charts: FilePath
  private let scratch: Scratch

  /// Why there can be none here; nil where there can.
  static var skipReason: String? { PostgreSQLServer.skipReason ?? RedisClusterServer.skipReason }

  init(executable: String) async throws {
    self.executable = try Self.absolute(executable)
    scratch = try Scratch()
    baseDirectory = scratch.path.appending("base")
    charts = scratch.path.appending("charts")
    postgres = try await PostgreSQLServer(isDurable: true)
    redis = try await RedisClusterServer()
    let root = scratch.path.appending("root")
    _ = try Layout(root: root).createTree()
    var secrets = SecretStore.ServerSecrets()
    secrets.postgresAdmin = postgres.endpoint.password.map { StoredSecret($0) }
    secrets.redisAdmin = StoredSecret(redis.credentials.password)
    try Files.createDirectory(baseDirectory)
    try SecretStore(baseDirectory: baseDirectory).save(secrets)
    try Installation(
      prepared: .now, root: root, fileSystem: .local,
      postgres: .init(host: "127.0.0.1", port: postgres.endpoint.port, admin: "postgres", managed: false),
      redis: .init(
        host: "127.0.0.1", ports: redis.seeds.map(\.port), admin: redis.credentials.username ?? "", managed: false)
    ).save(to: baseDirectory)
    // The peers log in by these.
    setenv("PGPASSWORD", postgres.endpoint.password?.reveal() ?? "", 1)
    setenv("REDISCLI_AUTH", redis.credentials.password.reveal(), 1)
  }

  func stop() async {
    await redis.stop()
    postgres.stop()
    scratch.remove()
  }

  /// The executable on this machine, run where the charts are.
  func argumentVector(_ arguments: [String]) -> [String] {
    ["/usr/bin/env", "--chdir", scratch.path.string, executable] + arguments + ["--base-dir", baseDirectory.string]
  }

  /// `app apply` of each of `apps`, one process after the other.
  func apply(_ apps: [String], owner: String, withDatabase: Bool) throws(Problem) -> Command {
    let directories = try apps.map { app throws(Problem) in
      let directory = charts.appending(app)
      try Files.createDirectory(directory)
      try AtomicFile.write(
        Self.manifest(of: app, withDatabase: withDatabase), to: directory.appending("OlaresManifest.yaml"))
      return directory.string
    }
    let loop =
      "executable=$0 base=$1 owner=$2; shift 2; "
      + "for chart; do \"$executable\" app apply \"$chart\" --owner \"$owner\" --base-dir \"$base\" --quiet || exit; done"
    return Command(
      name: "apply for \(owner)",
      argumentVector: ["/bin/sh", "-c", loop, executable, baseDirectory.string, owner] + directories)
  }

  private static func absolute(_ path: String) throws(Problem) -> String {
    guard let resolved = realpath(path, nil) else { throw Problem(Errno(rawValue: errno), "find", FilePath(path)) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func manifest(of app: String, withDatabase: Bool) -> String {
    """
    olaresManifest.version: '0.12.0'
    olaresManifest.type: app
    metadata: {name: \(app), title: App, description: App, icon: 'https://example.org/i.png', version: 1.0.0}
    entrances: [{name: app, host: app, port: 80, title: App}]
    permission: {appData: true, appCache: true}
    middleware:
      redis: {namespace: db0}
    \(withDatabase ? "  postgres: {username: app, databases: [{name: main}]}" : "")
    spec: {requiredMemory: 64Mi, limitedMemory: 1Gi, requiredDisk: 1Mi, requiredCpu: 10m, limitedCpu: 1}

    """
  }
}
