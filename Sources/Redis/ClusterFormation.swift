package import Core
import RedisNamespaces

/// Makes one Redis Cluster of running nodes, and finishes what an interrupted run began.
package struct ClusterFormation: Sendable {
  private let nodes: [RedisEndpoint]
  private let masterCount: Int
  private let credentials: RedisCredentials?
  private let patience: Duration

  /// - Parameters:
  ///   - nodes: the masters first, then as many replicas for each; IP addresses, since nodes know each other by these.
  ///   - masterCount: 1, or at least 3, without which no failover is possible.
  ///   - patience: how long the nodes may take to agree.
  /// - Throws: `Problem` `bad-cluster-size` (usage).
  package init(
    nodes: [RedisEndpoint], masters masterCount: Int, credentials: RedisCredentials?, patience: Duration = .seconds(60)
  ) throws(Problem) {
    guard masterCount == 1 || masterCount >= 3, nodes.count >= masterCount else {
      throw Problem(
        "bad-cluster-size", .usage, "\(nodes.count) Redis nodes cannot form a cluster of \(masterCount) masters",
        hint: "use 1 node, 3 masters, or 3 masters and 3 replicas: olares-cli prepare --redis-nodes 1, 3 or 6")
    }
    self.nodes = nodes
    self.masterCount = masterCount
    self.credentials = credentials
    self.patience = patience
  }

  /// Brings the cluster about.
  ///
  /// - Returns: whether anything was changed.
  /// - Throws: `Problem` `foreign-redis-node` if a node belongs to another cluster, or holds keys or slots that are not
  ///   part of this one; then nothing was changed.
  package func form() async throws -> Bool {
    let members = try await survey()
    if isFormed(members) { return false }
    try refuseForeign(members)
    for (index, member) in members.enumerated() {
      try await assignSlots(to: member, index)
    }
    try await introduce(members)
    try await waitUntil("know each other") { members in
      members.allSatisfy {
        knownIDs($0.view) == Set(members.map(\.id)) && !$0.view.nodes.contains(where: \.isInHandshake)
      }
    }
    for (index, member) in members.enumerated() where index >= masterCount {
      let master = members[index % masterCount]
      if member.view.answering?.master != master.id {
        try await member.connection.command(["CLUSTER", "REPLICATE", master.id])
      }
    }
    try await waitUntil("serve all slots", isFormed)
    return true
  }

  /// What one node says of itself.
  private struct Member {
    let connection: RedisConnection
    let view: ClusterTopology
    let state: String
    let keys: Int
    let isSynchronized: Bool
    var id: String { view.answering?.id ?? "" }
    var slots: Set<Int> { Set((view.answering?.slots ?? []).flatMap { Array($0) }) }
  }

  private func survey() async throws -> [Member] {
    var members: [Member] = []
    for endpoint in nodes {
      let connection = try await RedisConnection.open(endpoint, credentials: credentials)
      let replies = try await connection.pipeline([
        ["CLUSTER", "NODES"], ["CLUSTER", "INFO"], ["DBSIZE"], ["INFO", "replication"],
      ])
      for case .error(let error) in replies { throw Problem(error, to: "CLUSTER", at: endpoint) }
      guard let view = replies[0].text.flatMap({ ClusterTopology($0, asked: endpoint) }),
        let info = replies[1].text, let keys = replies[2].integer, let replication = replies[3].text
      else { throw Problem.redisUnexpected(endpoint, "CLUSTER NODES") }
      let facts = ServerInformation(replication)
      members.append(
        Member(
          connection: connection, view: view, state: ServerInformation(info)["cluster_state"] ?? "", keys: keys,
          isSynchronized: facts["role"] == "master" || facts["master_link_status"] == "up"))
    }
    return members
  }

  private func knownIDs(_ view: ClusterTopology) -> Set<String> { Set(view.nodes.map(\.id)) }

  /// Whether these nodes, and no others, are one working cluster with as many masters and replicas as asked for. Which
  /// of them is a master may have changed by failovers.
  private func isFormed(_ members: [Member]) -> Bool {
    let ids = Set(members.map(\.id))
    guard let first = members.first?.view, ids.count == members.count else { return false }
    return members.allSatisfy {
      knownIDs($0.view) == ids && $0.view.agreement == first.agreement && $0.state == "ok" && $0.isSynchronized
    }
      && first.coveredSlots == HashSlot.count && first.masters.count == masterCount
      && !first.nodes.contains(where: \.isFailed)
  }

  private func refuseForeign(_ members: [Member]) throws(Problem) {
    let ids = Set(members.map(\.id))
    for (index, member) in members.enumerated() {
      let reason: String? =
        if !knownIDs(member.view).isSubset(of: ids) {
          "belongs to a cluster with other nodes"
        } else if !member.slots.isSubset(of: index < masterCount ? Set(plannedSlots(index)) : []) {
          "serves slots that it would not have in this cluster"
        } else if member.keys > 0, member.slots.isEmpty, member.view.answering?.isMaster == true {
          "holds \(member.keys) keys, but no slots"
        } else {
          nil
        }
      if let reason {
        throw Problem(
          "foreign-redis-node", .notPermitted, "the Redis at \(nodes[index]) \(reason)",
          hint: "give the new cluster other ports: olares-cli prepare --redis-port PORT")
      }
    }
  }

  private func plannedSlots(_ index: Int) -> Range<Int> {
    HashSlot.count * index / masterCount..<HashSlot.count * (index + 1) / masterCount
  }

  private func assignSlots(to member: Member, _ index: Int) async throws {
    guard index < masterCount else { return }
    let present = member.slots
    let missing = plannedSlots(index).filter { !present.contains($0) }
    guard let first = missing.first, let last = missing.last else { return }
    // Different epochs from the start, so that the nodes never have to settle who is right.
    if member.view.nodes.count == 1 {
      _ = try await member.connection.attempt(["CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)"])
    }
    if missing.count == last - first + 1 {
      try await member.connection.command(["CLUSTER", "ADDSLOTSRANGE", "\(first)", "\(last)"])
    } else {
      try await member.connection.command(["CLUSTER", "ADDSLOTS"] + missing.map(String.init))
    }
  }

  /// Every node is told of every other one, so that a half-finished introduction does not matter.
  private func introduce(_ members: [Member]) async throws {
    let ports = try await busPorts(members)
    for member in members {
      for other in members where other.id != member.id && !knownIDs(member.view).contains(other.id) {
        let endpoint = other.connection.endpoint
        try await member.connection.command(
          ["CLUSTER", "MEET", endpoint.host, "\(endpoint.port)", ports[endpoint] ?? "\(Int(endpoint.port) + 10_000)"])
      }
    }
  }

  /// The bus ports that the nodes listen on; 0 in their configuration means 10000 above the port.
  private func busPorts(_ members: [Member]) async throws -> [RedisEndpoint: String] {
    var ports: [RedisEndpoint: String] = [:]
    for member in members {
      let reply = try await member.connection.attempt(["CONFIG", "GET", "cluster-port"])
      if let value = reply.texts?.last, value != "0" { ports[member.connection.endpoint] = value }
    }
    return ports
  }

  private func waitUntil(_ what: String, _ isReached: ([Member]) -> Bool) async throws {
    let deadline = ContinuousClock.now + patience
    while true {
      if isReached(try await survey()) { return }
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "redis-cluster-unsettled", .unavailable,
          "the Redis nodes \(nodes.map(\.description).joined(separator: ", ")) do not \(what) after \(patience.forPeople)",
          hint: "see their logs: olares-cli service logs", isTransient: true)
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
