import Configuration
import Core
package import Hosting
import Redis

// A node that is started listens at once, but refuses commands while it reads its data, and for a few seconds more
// until it trusts the cluster (Redis Cluster specification, "Cluster state").

extension Instance {
  /// Starts what does not run, in order, and waits until each serves; all that are set up where nothing supervises them.
  /// - Throws: `Problem` `service-failed`, or `redis-not-serving`.
  package func start(_ definitions: [ServiceDefinition]) async throws {
    let isSupervising = try services.isSupervising()
    let installed = isSupervising ? [] : try services.installed()
    let started =
      isSupervising
      ? definitions : try serviceDefinitions().filter { definitions.contains($0) || installed.contains($0.name) }
    let proxies = started.filter(proxyServices.contains)
    try await services.start(started.filter { !proxies.contains($0) })
    try await waitForRedis(among: started)
    // A proxy has nothing to serve before.
    try await services.start(proxies)
  }

  package func restart(_ definitions: [ServiceDefinition]) async throws {
    try await services.stop(definitions)
    try await start(definitions)
  }

  /// Does not wait for a cluster that lacks nodes: it may never serve.
  func waitForRedis(among definitions: [ServiceDefinition], patience: Duration = .seconds(60)) async throws {
    let started = Set(definitions.map(\.name)).intersection(redisServices.map(\.name))
    guard let first = started.min(), let cluster = try redisCluster(),
      try await stoppedServices(redisServices).isEmpty
    else { return }
    var deadline = ContinuousClock.now + patience
    while true {
      switch try await redisProgress(of: cluster) {
      case .serving: return
      // As long as there is data to read, there is progress.
      case .loading: deadline = .now + patience
      case .joining: break
      }
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "redis-not-serving", .unavailable, "the Redis Cluster does not serve after \(patience.forPeople)",
          hint: "see which node is missing: olares-cli status", "see what it says: olares-cli service logs \(first)")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Whether those of `definitions` that are nodes serve; true where the password to ask them is not known.
  func servesRedis(among definitions: [ServiceDefinition]) async throws -> Bool {
    guard definitions.contains(where: redisServices.contains), let cluster = try redisCluster() else { return true }
    return try await redisProgress(of: cluster) == .serving
  }

  private func redisCluster() throws(Problem) -> RedisCluster? {
    try secrets.serverSecrets().redisAdmin.map { redisCluster(password: $0.secret) }
  }

  /// How far the slowest of the nodes is.
  enum RedisProgress: Int, Comparable {
    case loading
    case joining
    case serving

    /// - Parameter clusterInformation: the reply to CLUSTER INFO, or the error in its place.
    init(_ clusterInformation: RedisReply) {
      switch clusterInformation {
      case .error(let error): self = error.code == "LOADING" ? .loading : .joining
      case let reply:
        let state = reply.text.map(ServerInformation.init)?["cluster_state"]
        self = state == "ok" ? .serving : .joining
      }
    }

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  func redisProgress(of cluster: RedisCluster) async throws -> RedisProgress {
    var progress = RedisProgress.serving
    for endpoint in redisEndpoints {
      do {
        let reply = try await cluster.connection(to: endpoint).attempt(["CLUSTER", "INFO"])
        progress = min(progress, RedisProgress(reply))
      } catch let problem as Problem where problem.isTransient {
        progress = min(progress, .joining)
      }
    }
    return progress
  }

  /// The names of those that do not run.
  func stoppedServices(_ definitions: [ServiceDefinition]) async throws -> [String] {
    try await services.states(of: definitions).filter { $0.condition != .running }.map(\.name)
  }
}
