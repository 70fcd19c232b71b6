import Configuration
package import Core
import FoundationEssentials
import Glibc
import Redis
package import RedisNamespaces
package import SystemPackage

/// A namespace proxy as a process of its own, over a Redis Cluster of its own.
package actor NamespaceProxy {
  /// Why there can be no proxy here; nil where there can.
  package static var skipReason: String? { RedisClusterServer.skipReason }

  package struct Namespace: Sendable {
    package let record: NamespaceRecord
    package let password: Secret

    package init(record: NamespaceRecord, password: Secret) {
      self.record = record
      self.password = password
    }
  }

  package nonisolated let cluster: RedisClusterServer
  package nonisolated let port: UInt16
  private let scratch: Scratch
  private let workers: Int
  private let options: [String]
  private let key = Secret.random()
  private var process: ServerProcess?

  /// - Parameter options: more of `redis proxy run`.
  package init(masters: Int = 1, replicas: Int = 0, workers: Int = 1, options: [String] = []) async throws {
    if let reason = Self.skipReason { throw Problem("no-redis", .unavailable, reason) }
    cluster = try await RedisClusterServer(masters: masters, replicas: replicas)
    scratch = try Scratch()
    port = Ports.free()
    self.workers = workers
    self.options = options
    do {
      try recordInstallation()
      try await start()
    } catch {
      await stop()
      throw error
    }
  }

  /// Starts the proxy, also after it was killed, and waits until it listens.
  package func start() async throws {
    let process = try ServerProcess(
      [
        "/bin/sh", "-c", "echo $$ >\"$0\"; exec \"$@\"", identifier.string, try BuiltExecutable.path.string, "redis",
        "proxy", "run", "--base-dir", baseDirectory.string, "--listen", "127.0.0.1:\(port)", "--workers", "\(workers)",
      ] + options,
      log: scratch.path.appending("proxy.log"))
    self.process = process
    for _ in 0..<400 {
      if (try? RawConnection(port: port)) != nil { return }
      guard process.isRunning else { break }
      try await Task.sleep(for: .milliseconds(25))
    }
    throw Problem(
      "no-proxy", .unavailable, "the proxy did not start",
      cause: try Files.readTextIfPresent(scratch.path.appending("proxy.log")))
  }

  /// What the proxy reads of a machine that is prepared with this cluster.
  private func recordInstallation() throws {
    var redis = Installation.RedisSettings(
      host: "127.0.0.1", ports: cluster.seeds.map(\.port), admin: cluster.credentials.username ?? "default",
      managed: false)
    redis.seeds = cluster.seeds.map { .init(host: $0.host, port: $0.port) }
    try Files.createDirectory(baseDirectory)
    try Installation(
      prepared: .now, root: scratch.path.appending("root"), fileSystem: .local,
      postgres: .init(host: "127.0.0.1", port: 1, admin: "postgres", managed: false), redis: redis
    ).save(to: baseDirectory)
    var secrets = SecretStore.ServerSecrets()
    secrets.redisAdmin = StoredSecret(cluster.credentials.password)
    secrets.redisProxy = StoredSecret(key)
    try SecretStore(baseDirectory: baseDirectory).save(secrets)
  }

  package nonisolated var baseDirectory: FilePath { scratch.path.appending("base") }
  private nonisolated var identifier: FilePath { scratch.path.appending("proxy.pid") }

  /// The process id of the proxy.
  package nonisolated var processIdentifier: Int32? {
    get throws { try Files.readTextIfPresent(identifier).flatMap { Int32($0.filter { $0 != "\n" }) } }
  }

  /// Kills the proxy without any notice, and waits for its end.
  package func killProxy() throws {
    guard let identifier = try processIdentifier else { return }
    kill(identifier, SIGKILL)
    process?.stop()
  }

  /// What it printed.
  package var log: String { (try? Files.readTextIfPresent(scratch.path.appending("proxy.log"))) ?? "" }

  /// A new namespace, whose password the proxy takes from now on.
  package func namespace(_ app: String, of owner: String = "alice", spread: Bool = false) async throws -> Namespace {
    let id = NamespaceID(AppInstance(app: try AppName(app), owner: try Owner(owner)), try NamespaceName("db0"))
    let password = Secret.random()
    guard let record = try await service.create(id, password: password, spread: spread).record else {
      throw Problem("no-namespace", .failed, "\(id) was not created")
    }
    return Namespace(record: record, password: password)
  }

  private var service: RedisNamespaceService {
    RedisNamespaceService(cluster: cluster.cluster(), proxyKey: ProxyKey(key))
  }

  /// Ends everything and removes the files.
  package func stop() async {
    // A process in the background of a shell does not hear SIGINT, by which other servers are ended.
    if process?.isRunning == true, let identifier = try? processIdentifier { kill(identifier, SIGTERM) }
    process?.stop()
    process = nil
    await cluster.stop()
    scratch.remove()
  }
}
