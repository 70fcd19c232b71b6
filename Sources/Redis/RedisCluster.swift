import Core
package import RedisNamespaces

/// A client of one Redis Cluster: finds the nodes from a few addresses, and sends each command where it belongs.
package actor RedisCluster {
  private let seeds: [RedisEndpoint]
  private let credentials: RedisCredentials?
  private let limits: RedisLimits
  private var connections: [RedisEndpoint: RedisConnection] = [:]
  private var known: ClusterTopology?
  private var detours = Detours()

  /// - Parameter seeds: at least one node of the cluster; the others are found through it.
  package init(seeds: [RedisEndpoint], credentials: RedisCredentials?, limits: RedisLimits = RedisLimits()) {
    self.seeds = seeds
    self.credentials = credentials
    self.limits = limits
  }

  /// A connection to one node, opened when it is first needed and again after it broke.
  /// - Parameter endpoint: as the cluster announces it.
  package func connection(to endpoint: RedisEndpoint) async throws -> RedisConnection {
    if let connection = connections[endpoint], await connection.isUsable { return connection }
    let connection = try await open(endpoint)
    connections[endpoint] = connection
    return connection
  }

  private func open(_ endpoint: RedisEndpoint) async throws -> RedisConnection {
    do {
      return try await RedisConnection.open(detours.way(to: endpoint), credentials: credentials, limits: limits)
    } catch let problem as Problem where problem.isTransient {
      for way in detours.others(to: endpoint) {
        guard let connection = try? await RedisConnection.open(way, credentials: credentials, limits: limits),
          let id = try? await connection.command(["CLUSTER", "MYID"]).text, id == detours.id(of: endpoint)
        else { continue }
        detours.take(way, to: endpoint)
        return connection
      }
      throw problem
    }
  }

  /// The topology that all reachable nodes agree on, or, while slots are being moved, what each master says of itself.
  ///
  /// - Parameter refresh: asks the nodes again; else an answer that was trusted before will do.
  /// - Throws: `Problem` `redis-unreachable` if no seed answers, `redis-not-a-cluster`, `redis-cluster-unsettled` if the
  ///   nodes still contradict each other after a few seconds.
  package func topology(refresh: Bool = false) async throws -> ClusterTopology {
    if !refresh, let known { return known }
    let deadline = ContinuousClock.now + Self.settlingTime
    while true {
      let views = try await views()
      if let first = views.first, views.allSatisfy({ $0.agreement == first.agreement }) {
        known = first
        return first
      }
      if let moving = ClusterTopology.duringMove(views) {
        known = moving
        return moving
      }
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "redis-cluster-unsettled", .unavailable, "the nodes of the Redis Cluster do not agree on who serves what",
          hint: "wait for a failover or a move of slots to end, then try again", isTransient: true)
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  /// What each reachable node says, the first reachable seed's view first.
  package func views() async throws -> [ClusterTopology] {
    let first = try await firstView()
    await findDetours(in: first)
    var views = [first]
    for node in first.nodes where !node.isFailed && node.id != first.answering?.id {
      do {
        views.append(try await view(from: node.endpoint))
      } catch let problem as Problem where problem.isTransient {
        continue  // It went down a moment ago; the others do not know yet.
      }
    }
    return views
  }

  private func firstView() async throws -> ClusterTopology {
    var problem: Problem?
    let candidates = seeds + (known?.nodes.map(\.endpoint).filter { !seeds.contains($0) } ?? [])
    for endpoint in candidates {
      do {
        return try await view(from: endpoint)
      } catch let error as Problem where error.exitStatus == .unavailable {
        problem = problem ?? error
      }
    }
    throw problem ?? Problem("redis-no-address", .notPrepared, "no address of a Redis Cluster is known")
  }

  /// Where nodes announce addresses that nobody gave us, asks the addresses that we were given which nodes they are.
  private func findDetours(in view: ClusterTopology) async {
    let announced = Set(view.nodes.map(\.endpoint))
    guard !announced.isSubset(of: seeds) else { return }
    for seed in seeds where !announced.contains(seed) && !detours.wasAsked(seed) {
      _ = try? await self.view(from: seed)
    }
  }

  func view(from endpoint: RedisEndpoint) async throws -> ClusterTopology {
    switch try await connection(to: endpoint).attempt(["CLUSTER", "NODES"]) {
    case .error(let error) where error.message.contains("cluster support disabled"):
      throw Problem(
        "redis-not-a-cluster", .unavailable, "the Redis at \(endpoint) is not a Redis Cluster",
        hint: "start it with cluster-enabled yes; one node that owns all slots is enough")
    case .error(let error): throw Problem(error, to: "CLUSTER NODES", at: endpoint)
    case let reply:
      guard let text = reply.text, let topology = ClusterTopology(text, asked: endpoint) else {
        throw Problem.redisUnexpected(endpoint, "CLUSTER NODES")
      }
      detours.learn(from: topology, asked: endpoint)
      return topology
    }
  }

  /// The connection to the node that serves a slot.
  package func master(of slot: HashSlot) async throws -> RedisConnection {
    guard let node = try await topology().master(of: slot) else {
      throw Problem(
        "redis-cluster-down", .unavailable, "no node of the Redis Cluster serves slot \(slot)",
        hint: "see which node is missing: olares-cli status", isTransient: true)
    }
    return try await connection(to: node.endpoint)
  }

  /// The same; where that node cannot be reached any more, the others are asked who has its place.
  private func presentMaster(of slot: HashSlot) async throws -> RedisConnection {
    do {
      return try await master(of: slot)
    } catch let problem as Problem where problem.isTransient {
      guard let before = known, try await topology(refresh: true) != before else { throw problem }
      return try await master(of: slot)
    }
  }

  /// Sends one command about `key` to the node that has it, and follows where the nodes send it. A node that was started
  /// a moment ago refuses it until it has found the others, so that is waited for.
  ///
  /// It is not sent again after a connection broke, since it may have been carried out.
  package func command(_ arguments: [String], key: String) async throws -> RedisReply {
    var connection = try await presentMaster(of: HashSlot(ofKey: key))
    var isAsking = false
    var redirections = 0
    let deadline = ContinuousClock.now + Self.settlingTime
    while redirections < Self.mostRedirections {
      let replies = try await connection.pipeline(isAsking ? [["ASKING"], arguments] : [arguments])
      guard case .error(let error) = replies.last ?? .null else { return replies.last ?? .null }
      if error.code == "CLUSTERDOWN", ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(200))
        // It may be that the node does not belong to the cluster any more.
        if (try? await topology(refresh: true)) != nil { connection = try await master(of: HashSlot(ofKey: key)) }
        continue
      }
      guard let redirection = Redirection(error) else {
        throw Problem(error, to: arguments.first ?? "", at: connection.endpoint)
      }
      redirections += 1
      isAsking = redirection.isTemporary
      if !isAsking { known = nil }
      connection = try await follow(redirection, from: connection.endpoint, about: HashSlot(ofKey: key))
    }
    throw Problem(
      "redis-too-many-redirections", .unavailable, "the nodes of the Redis Cluster send a command in circles",
      hint: "wait until the cluster has settled, then try again", isTransient: true)
  }

  private func follow(
    _ redirection: Redirection, from endpoint: RedisEndpoint, about slot: HashSlot
  ) async throws -> RedisConnection {
    guard let target = redirection.target(from: endpoint) else { return try await master(of: slot) }
    return try await connection(to: detours.announced(as: target))
  }

  /// Runs `body` on every node, masters and replicas.
  /// - Returns: the results, and the nodes that could not be reached; whatever else goes wrong is thrown.
  package func onEveryNode<Result: Sendable>(
    _ body: @Sendable (RedisConnection, ClusterTopology.Node) async throws -> Result
  ) async throws -> (results: [Result], missed: [ClusterTopology.Node]) {
    var results: [Result] = []
    var missed: [ClusterTopology.Node] = []
    for node in try await topology(refresh: true).nodes where !node.flags.contains("noaddr") {
      do {
        results.append(try await body(connection(to: node.endpoint), node))
      } catch let problem as Problem where problem.isTransient {
        missed.append(node)
      }
    }
    return (results, missed)
  }

  private static let settlingTime = Duration.seconds(5)
  private static let mostRedirections = 5
}

/// A node's answer that another node has the slot: `MOVED 3999 127.0.0.1:6381` for good, `ASK 3999 127.0.0.1:6381` for
/// this one command while the slot is on the move (Redis Cluster specification).
struct Redirection: Hashable {
  let isTemporary: Bool
  let host: String
  let port: UInt16

  init?(_ error: RedisError) {
    guard error.code == "MOVED" || error.code == "ASK" else { return nil }
    let words = error.message.split(separator: " ")
    guard words.count == 3, let colon = words[2].lastIndex(of: ":"),
      let port = UInt16(words[2][words[2].index(after: colon)...])
    else { return nil }
    isTemporary = error.code == "ASK"
    host = String(words[2][..<colon])
    self.port = port
  }

  /// An empty host means the one that answered; nil where the node does not know the name that it is to tell.
  func target(from endpoint: RedisEndpoint) -> RedisEndpoint? {
    host == "?" ? nil : RedisEndpoint(host: host.isEmpty ? endpoint.host : host, port: port)
  }
}
