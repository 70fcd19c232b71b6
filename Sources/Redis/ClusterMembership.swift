import Core
import RedisNamespaces

// Who belongs to a cluster. What redis-cli's cluster manager can do is done by it (`ClusterManager`); it does nothing about
// nodes that are lost.

extension RedisCluster {
  /// The topology as soon as all reachable nodes agree on it and it is as wanted.
  /// - Parameter what: what is waited for, as in "the nodes do not `what` after 60 s".
  /// - Throws: `Problem` `redis-cluster-unsettled`, `redis-unreachable`.
  @discardableResult
  package func settled(
    _ what: String = "agree on who serves what", within patience: Duration = .seconds(60),
    where isWanted: @Sendable (ClusterTopology) -> Bool = { _ in true }
  ) async throws -> ClusterTopology {
    let deadline = ContinuousClock.now + patience
    while true {
      let views = try await views()
      if let first = views.first, views.allSatisfy({ $0.agreement == first.agreement }),
        !first.nodes.contains(where: \.isInHandshake), isWanted(first)
      {
        return first
      }
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "redis-cluster-unsettled", .unavailable,
          "the nodes of the Redis Cluster do not \(what) after \(patience.forPeople)",
          hint: "see what is wrong with them: olares-cli redis cluster status", isTransient: true)
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// The id that the server at `endpoint` has, whether it belongs to a cluster or not.
  package func id(of endpoint: RedisEndpoint) async throws -> String {
    let connection = try await connection(to: endpoint)
    guard let id = try await connection.command(["CLUSTER", "MYID"]).text else {
      throw Problem.redisUnexpected(endpoint, "CLUSTER MYID")
    }
    return id
  }

  /// Makes every node forget the one with this id. Other nodes bring it back within a minute if one of them still knows it,
  /// so this ends when none does.
  package func forget(_ id: String) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let knowing = try await views().compactMap { view in
        view.answering.flatMap { $0.id != id && view.node(id) != nil ? $0 : nil }
      }
      if knowing.isEmpty { return }
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "redis-cluster-unsettled", .unavailable,
          "the nodes of the Redis Cluster do not forget the node \(id.prefix(8))",
          hint: "run the command again", isTransient: true)
      }
      for node in knowing {
        _ = try await connection(to: node.endpoint).attempt(["CLUSTER", "FORGET", id])
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// Makes a node that belongs to no cluster a member of this one, also where the cluster is not whole.
  package func meet(_ newcomer: RedisEndpoint, at member: ClusterTopology.Node) async throws {
    let bus = try await connection(to: member.endpoint).attempt(["CONFIG", "GET", "cluster-port"]).texts?.last
    try await connection(to: newcomer).command(
      ["CLUSTER", "MEET", member.endpoint.host, "\(member.endpoint.port)"] + (bus.map { $0 == "0" ? [] : [$0] } ?? []))
  }

  /// Makes an empty member the master of slots that nobody has.
  package func assign(_ slots: [ClosedRange<Int>], to endpoint: RedisEndpoint) async throws {
    let connection = try await connection(to: endpoint)
    let present = try await view(from: endpoint).answering?.slots ?? []
    let held = Set(present.joined())
    let missing = [ClosedRange<Int>](slots: slots.joined().filter { !held.contains($0) })
    guard !missing.isEmpty else { return }
    try await connection.command(
      ["CLUSTER", "ADDSLOTSRANGE"] + missing.flatMap { ["\($0.lowerBound)", "\($0.upperBound)"] })
    // Above whatever the lost node had claimed.
    try await connection.command(["CLUSTER", "BUMPEPOCH"])
  }

  /// Gives a new master the function libraries of the others, which replicas get by themselves.
  package func copyFunctions(from source: RedisEndpoint, to target: RedisEndpoint) async throws {
    let dump = try await connection(to: source).command(["FUNCTION", "DUMP"])
    guard let libraries = dump.bytes else { return }
    let replies = try await connection(to: target).pipeline([
      [Array("FUNCTION".utf8), Array("RESTORE".utf8), libraries, Array("REPLACE".utf8)]
    ])
    if case .error(let error) = replies.first { throw Problem(error, to: "FUNCTION RESTORE", at: target) }
  }

  /// Waits until the masters take commands: one that joined, or was started, a few seconds ago does not yet.
  package func awaitServing() async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    for node in try await topology(refresh: true).masters where !node.isFailed {
      while true {
        let reply = try await connection(to: node.endpoint).attempt(["CLUSTER", "INFO"])
        if reply.text.map(ServerInformation.init)?["cluster_state"] == "ok" { break }
        guard ContinuousClock.now < deadline else {
          throw Problem(
            "redis-cluster-unsettled", .unavailable, "\(node.endpoint) takes no commands after 1 m",
            hint: "see what is wrong: olares-cli redis cluster status", isTransient: true)
        }
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  /// Makes a member that has no slots copy `master`, and waits until it has all of it.
  package func replicate(_ master: String, on endpoint: RedisEndpoint) async throws {
    let connection = try await connection(to: endpoint)
    if try await view(from: endpoint).answering?.master == master { return try await awaitCopy(on: endpoint) }
    let deadline = ContinuousClock.now + .seconds(30)
    while case .error(let error) = try await connection.attempt(["CLUSTER", "REPLICATE", master]) {
      // It may not have heard of its master yet.
      guard error.message.contains("Unknown node"), ContinuousClock.now < deadline else {
        throw Problem(error, to: "CLUSTER REPLICATE", at: endpoint)
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    try await awaitCopy(on: endpoint)
  }

  /// Waits until a replica has everything of its master. As long as data arrives there is progress.
  package func awaitCopy(on endpoint: RedisEndpoint) async throws {
    let patience = Duration.seconds(60)
    var deadline = ContinuousClock.now + patience
    while true {
      let connection = try await connection(to: endpoint)
      let facts = ServerInformation(try await connection.attempt(["INFO", "replication"]).text ?? "")
      if facts["role"] == "slave", facts["master_link_status"] == "up" { return }
      if facts["master_sync_in_progress"] == "1" { deadline = .now + patience }
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "redis-replica-behind", .unavailable, "\(endpoint) does not get the data of its master",
          hint: "see why in its log: olares-cli service logs redis-\(endpoint.port)", isTransient: true)
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// Has a replica take the place of its lost master, where the other masters do not see to it, as where they are too few.
  package func promote(_ replica: ClusterTopology.Node, inPlaceOf master: String) async throws {
    let isDone: @Sendable (ClusterTopology) -> Bool = { ($0.node(master)?.slotCount ?? 0) == 0 }
    let voters = try await topology(refresh: true).masters.filter { $0.slotCount > 0 }
    let living = voters.count { !$0.isFailed && $0.id != master }
    let canVote = living > voters.count / 2
    if canVote, (try? await settled("fail over", within: .seconds(15), where: isDone)) != nil { return }
    let connection = try await connection(to: replica.endpoint)
    _ = try await connection.attempt(["CLUSTER", "FAILOVER", "TAKEOVER"])
    try await settled("fail over", where: isDone)
  }
}
