import Configuration
import Core
import Hosting
import Redis
import RedisNamespaces
import Storage
import SystemPackage

// The Redis Cluster's part of an instance.

extension Instance {
  static let redisDirectoryName = "redis_data"
  var redisHome: FilePath { layout.databases.appending(Self.redisDirectoryName) }

  func redisDirectory(_ port: UInt16) -> FilePath { redisHome.appending("\(port)") }

  var hasRedisData: Bool {
    installation.redis.ports.contains { Files.exists(redisDirectory($0).appending("users.acl")) }
  }

  func redisService(_ port: UInt16) -> ServiceDefinition {
    ServiceDefinition(
      "redis-\(port)", summary: "Redis Cluster node \(port) of the Olares data layer",
      command: ["/usr/bin/redis-server", redisDirectory(port).appending("redis.conf").string], account: "redis",
      workingDirectory: redisDirectory(port), readiness: .listening(port: port))
  }

  /// Those that are ours to run.
  var redisServices: [ServiceDefinition] {
    installation.redis.managed ? installation.redis.ports.map(redisService) : []
  }

  /// Those of nodes that are being added or taken away, as far as they are there.
  var changingRedisServices: [ServiceDefinition] {
    get throws {
      guard installation.redis.managed else { return [] }
      let ports =
        (installation.redis.joining ?? []).map(\.address.port) + (installation.redis.leaving ?? []).map(\.port)
      if ports.isEmpty { return [] }
      let installed = try services.installed()
      return ports.map(redisService).filter { installed.contains($0.name) }
    }
  }

  var redisEndpoints: [RedisEndpoint] {
    installation.redis.addresses.map { RedisEndpoint(host: $0.host, port: $0.port) }
  }

  func redisCluster(password: Secret) -> RedisCluster {
    RedisCluster(seeds: redisEndpoints, credentials: redisCredentials(password))
  }

  func namespaces(_ password: Secret) throws(Problem) -> RedisNamespaceService {
    let proxyKey = try secrets.serverSecrets().redisProxy.map { ProxyKey($0.secret) }
    return RedisNamespaceService(cluster: redisCluster(password: password), proxyKey: proxyKey)
  }

  /// Whether every node has the users of the namespaces; not so while the nodes are still finding each other.
  private func hasAllUsers(_ password: Secret) async throws -> Bool {
    do {
      return try await !namespaces(password).reconcile(dryRun: true).hasChanged
    } catch let problem as Problem where problem.isTransient {
      return false
    }
  }

  func redisCredentials(_ password: Secret) -> RedisCredentials {
    RedisCredentials(username: installation.redis.admin, password: password)
  }

  func redisConfiguration(_ port: UInt16, replication: Secret) -> NodeConfiguration {
    var configuration = NodeConfiguration(
      port: port, directory: redisDirectory(port), replicationPassword: replication)
    configuration.addresses = [installation.redis.host]
    return configuration
  }

  func redisStep() -> Step {
    Step("Redis Cluster") {
      let known = try secrets.serverSecrets()
      guard let password = known.redisAdmin?.secret, let replication = known.redisReplication?.secret,
        known.redisProxy != nil, try await isServing(redisServices)
      else { return nil }
      let firstUsers = NodeConfiguration.initialUsers(administrator: password, replication: replication)
      for port in installation.redis.ports {
        let configuration = redisConfiguration(port, replication: replication)
        guard try Files.readTextIfPresent(redisDirectory(port).appending("redis.conf")) == configuration.text,
          // Redis writes its users in words of its own, so these were never saved by it: a run was cut off.
          try Files.readTextIfPresent(configuration.aclFile) != firstUsers
        else { return nil }
      }
      guard let detail = try await describeRedis(password), try await hasAllUsers(password) else { return nil }
      return detail
    } perform: {
      let password = try await preparedSecret(\.redisAdmin, existingData: hasRedisData, of: "Redis")
      let replication = try await preparedSecret(\.redisReplication, existingData: hasRedisData, of: "Redis")
      _ = try await preparedSecret(\.redisProxy, existingData: false, of: "Redis proxy")
      let wasFormed = try hasRedisData && wasPrepared
      var isReconfigured = false
      for port in installation.redis.ports {
        if try writeNode(port, password: password, replication: replication) { isReconfigured = true }
      }
      try await bringUp(redisServices, restarting: isReconfigured)
      if wasFormed {
        // Which of its nodes are masters is the cluster's to know: nodes may have been added, or have failed over.
        try await waitForRedis(among: redisServices)
      } else {
        try await formCluster(password)
      }
      guard let detail = try await describeRedis(password) else {
        throw Problem(
          "redis-not-serving", .unavailable, "the Redis Cluster does not serve all slots",
          hint: "see what is wrong: olares-cli redis cluster status",
          "see what its nodes say: olares-cli service logs redis-\(installation.redis.ports.first ?? 0)")
      }
      // A node that was away, or lost its users, learns them again.
      let changes = try await namespaces(password).reconcile().changes.count
      return changes == 0 ? detail : "\(detail), \(changes) of its users mended"
    }
  }

  /// Whether an earlier run came to its end.
  private var wasPrepared: Bool {
    get throws(Problem) {
      for stage in [.prepared, .uninstalled] as [Installation.Stage] {
        if try Installation.loadIfPresent(from: baseDirectory, stage) != nil { return true }
      }
      return false
    }
  }

  private func formCluster(_ password: Secret) async throws {
    let count = redisEndpoints.count
    let masters = RedisSize(rawValue: count)?.masters ?? (count < 3 ? 1 : 3)
    try await retryingWhileLoading {
      _ = try await ClusterFormation(
        nodes: redisEndpoints, masters: masters, credentials: redisCredentials(password)
      ).form()
    }
  }

  /// - Returns: whether the node's configuration changed.
  @discardableResult
  func writeNode(_ port: UInt16, password: Secret, replication: Secret) throws(Problem) -> Bool {
    let configuration = redisConfiguration(port, replication: replication)
    let directory = redisDirectory(port)
    let open: FilePermissions = [.ownerReadWriteExecute, .groupExecute, .otherExecute]
    try Files.createDirectory(redisHome, mode: open)
    try Files.createDirectory(directory)
    try give(directory, to: "redis")
    if !Files.exists(configuration.aclFile) {
      try AtomicFile.write(
        NodeConfiguration.initialUsers(administrator: password, replication: replication), to: configuration.aclFile)
    }
    try give(configuration.aclFile, to: "redis")
    let file = directory.appending("redis.conf")
    let present = try Files.readTextIfPresent(file)
    if present != configuration.text { try AtomicFile.write(configuration.text, to: file) }
    try give(file, to: "redis")
    return present != nil && present != configuration.text
  }

  /// A node that reads its append-only file listens already, and refuses commands.
  func retryingWhileLoading(_ body: () async throws -> Void) async throws {
    let deadline = ContinuousClock.now + .seconds(300)
    while true {
      do {
        return try await body()
      } catch let problem as Problem where problem.isTransient && ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  /// Nil where the cluster does not serve as it should.
  private func describeRedis(_ password: Secret) async throws -> String? {
    let status = try await RedisStatus.read(redisCluster(password: password))
    guard status.isServing, Set(redisEndpoints).isSubset(of: status.nodes.map(\.endpoint)) else { return nil }
    let nodes = status.nodes.count == 1 ? "1 node" : "\(status.nodes.count) nodes"
    let ports = installation.redis.ports.map(String.init).joined(separator: " ")
    return "\(status.version), \(installation.redis.host) port \(ports), \(nodes), 16384 slots, append-only file on"
  }
}
