import Core
import Foundation
import Glibc
package import Redis
package import SystemPackage

/// A real Redis Cluster of the test process, set up as `prepare` sets one up.
package actor RedisClusterServer {
  package struct Node: Sendable {
    package let endpoint: RedisEndpoint
    package let directory: FilePath
  }

  /// Why there can be no server here; nil where there can.
  package static let skipReason: String? =
    Files.exists("/usr/bin/redis-server") ? nil : "redis-server is not installed (apt install redis-server)"

  package nonisolated let nodes: [Node]
  /// The administrator's login.
  package nonisolated let credentials: RedisCredentials
  private let replication: Secret
  private let scratch: Scratch
  /// All guards, also of nodes that were restarted; the first removes the files, and so is stopped last.
  private var processes: [ServerProcess] = []

  package nonisolated var seeds: [RedisEndpoint] { nodes.map(\.endpoint) }

  /// A client of the whole cluster.
  package nonisolated func cluster() -> RedisCluster { RedisCluster(seeds: seeds, credentials: credentials) }

  /// One cluster of one node for all tests of this process that neither stop nor break it.
  package static func shared() async throws -> RedisClusterServer { try await sharedStart.value }

  private static let sharedStart = Task { try await RedisClusterServer() }

  /// A cluster of its own, formed and serving.
  package init(masters: Int = 1, replicas: Int = 0) async throws {
    if let reason = Self.skipReason { throw Problem("no-redis", .unavailable, reason) }
    scratch = try Scratch()
    credentials = RedisCredentials(username: NodeConfiguration.adminUser, password: .random())
    replication = Secret.random()
    var nodes: [Node] = []
    for index in 0..<masters * (1 + replicas) {
      let directory = scratch.path.appending("node\(index)")
      try Files.createDirectory(directory)
      let port = Ports.freeForRedisCluster()
      let configuration = NodeConfiguration(port: port, directory: directory, replicationPassword: replication)
      try AtomicFile.write(configuration.text, to: directory.appending("redis.conf"))
      try AtomicFile.write(
        NodeConfiguration.initialUsers(administrator: credentials.password, replication: replication),
        to: configuration.aclFile)
      nodes.append(Node(endpoint: RedisEndpoint(host: "127.0.0.1", port: port), directory: directory))
    }
    self.nodes = nodes
    for index in nodes.indices { try await start(index) }
    _ = try await ClusterFormation(nodes: seeds, masters: masters, credentials: credentials).form()
  }

  /// Starts a node that is not running, and waits until it answers.
  package func start(_ index: Int) async throws { try await start(nodes[index].endpoint, in: nodes[index].directory) }

  private func start(_ endpoint: RedisEndpoint, in directory: FilePath) async throws {
    let process = try ServerProcess(
      // A shorter time-out than a real cluster's, so that a failover does not take long.
      ["/usr/bin/redis-server", directory.appending("redis.conf").string, "--cluster-node-timeout", "2000"],
      log: directory.appending("server.log"), scratch: processes.isEmpty ? scratch : nil)
    processes.append(process)
    for _ in 0..<200 {
      do {
        _ = try await RedisConnection.open(endpoint, credentials: credentials)
        return
      } catch let problem as Problem where problem.isTransient && process.isRunning {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    throw Problem(
      "no-redis", .unavailable, "Redis did not start",
      cause: try Files.readTextIfPresent(directory.appending("server.log")))
  }

  /// A further server that belongs to no cluster, set up as the nodes are.
  package func newcomer() async throws -> RedisEndpoint {
    let port = Ports.freeForRedisCluster()
    let directory = scratch.path.appending("newcomer\(port)")
    try Files.createDirectory(directory)
    let configuration = NodeConfiguration(port: port, directory: directory, replicationPassword: replication)
    try AtomicFile.write(configuration.text, to: directory.appending("redis.conf"))
    try AtomicFile.write(
      NodeConfiguration.initialUsers(administrator: credentials.password, replication: replication),
      to: configuration.aclFile)
    let endpoint = RedisEndpoint(host: "127.0.0.1", port: port)
    try await start(endpoint, in: directory)
    return endpoint
  }

  /// Kills a node and starts one in its place that knows nothing: no keys, no cluster, and only the users of a new node.
  package func replaceByEmpty(_ index: Int) async throws {
    if (try? await connection(to: index)) != nil { try await end(index, with: SIGKILL) }
    let directory = nodes[index].directory
    for name in try Files.names(in: directory) where name != "redis.conf" {
      try FileManager.default.removeItem(atPath: directory.appending(name).string)
    }
    let users = NodeConfiguration.initialUsers(administrator: credentials.password, replication: replication)
    try AtomicFile.write(users, to: directory.appending("users.acl"))
    try await start(index)
  }

  /// Waits until a node that was started again takes commands about keys: it first makes sure of its cluster.
  package func waitUntilServing(_ index: Int) async throws {
    for _ in 0..<200 {
      let information = try await connection(to: index).command(["CLUSTER", "INFO"]).text ?? ""
      if ServerInformation(information)["cluster_state"] == "ok" { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw Problem("no-redis", .unavailable, "Redis does not serve its slots again")
  }

  /// Sends a signal to a node, such as SIGKILL, and waits for its end.
  package func end(_ index: Int, with signal: Int32) async throws {
    let information = try await connection(to: index).command(["INFO", "server"]).text ?? ""
    guard let process = ServerInformation(information).integer("process_id") else {
      throw Problem("no-redis", .failed, "Redis does not tell its process id")
    }
    kill(pid_t(process), signal)
    while kill(pid_t(process), 0) == 0 { try await Task.sleep(for: .milliseconds(20)) }
  }

  package func connection(
    to index: Int, as credentials: RedisCredentials? = nil
  ) async throws -> RedisConnection {
    try await RedisConnection.open(nodes[index].endpoint, credentials: credentials ?? self.credentials)
  }

  /// Ends all nodes and removes their files.
  package func stop() {
    for process in processes.reversed() { process.stop() }
    processes = []
  }
}
