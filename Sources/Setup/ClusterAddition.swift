import Configuration
import Core
import Hosting
package import Redis
import RedisNamespaces

/// What `redis cluster add-node` is asked for.
package struct NodeAddition: Sendable {
  package var count = 1
  /// The first of them; the next that are free by default.
  package var port: UInt16?
  /// A server of others that runs already, empty and with cluster-enabled yes.
  package var address: RedisEndpoint?
  /// The master that they are to copy.
  package var master: ClusterNodeName?
  /// Whether they are to copy the masters that have the fewest replicas.
  package var isReplica = false
  /// Whether slots are moved to new masters.
  package var rebalances = true

  package init() {}
}

extension ClusterMaintenance {
  /// Plans an addition; changes nothing.
  /// - Throws: `Problem` `port-taken`, `data-in-the-way` (cannot create), `unfinished-addition`, `bad-port` (usage),
  ///   `redis-cluster-down`, and what servers answer.
  package func addition(_ wish: NodeAddition) async throws -> ClusterWork {
    let cluster = cluster()
    let topology = try await cluster.topology(refresh: true)
    try requireCoverage(topology)
    let nodes = try await nodesToAdd(wish, topology, cluster)
    let hasMasters = nodes.contains { $0.master == nil }
    var steps = [beginStep(nodes)]
    // Where an earlier run was moving slots, no node can be added before that is finished.
    steps.append(openSlotsStep(cluster))
    for node in nodes { steps += self.steps(toAdd: node, to: cluster) }
    if wish.rebalances, hasMasters {
      var slots = slotsStep(cluster, plan: nil)
      slots.isConsequence = true
      steps.append(slots)
    }
    steps += [usersStep(cluster), endStep(nodes)]
    var work = ClusterWork(steps: steps)
    let known = Set(topology.nodes.map(\.endpoint))
    let added = nodes.filter { $0.master == nil && !known.contains(RedisEndpoint($0.address)) }.count
    let masters = topology.masters.filter { !$0.isFailed }.count + added
    if masters == 2 {
      work.warnings.append("of 2 masters, neither can be replaced by a replica when it fails: 3 are needed for that")
    }
    return work
  }

  private func nodesToAdd(
    _ wish: NodeAddition, _ topology: ClusterTopology, _ cluster: RedisCluster
  ) async throws -> [JoiningNode] {
    let begun = (settings.joining ?? []).filter { $0.replaced == nil }
    if let address = wish.address {
      let member = topology.node(try await cluster.id(of: address))
      try refuseOtherRole(of: member, wish)
      if let member, wish.master == nil { return [JoiningNode(address: address.address, master: member.master)] }
      if member == nil { try await requireEmpty(address, cluster) }
      return [JoiningNode(address: address.address, master: try masters(wish, topology, count: 1).first)]
    }
    guard settings.managed else {
      throw Problem(
        "no-address", .usage, "the Redis Cluster is attached; its servers are not ours to make",
        hint: "name a server that runs and is empty: olares-cli redis cluster add-node --address HOST:PORT")
    }
    let ports = try wish.port.map { first in try (0..<wish.count).map { try port(first, plus: $0) } }
    if let ports, ports.allSatisfy(settings.ports.contains), begun.isEmpty {
      // Added already: what is left is to see that they have their place.
      return try ports.map { port in
        let endpoint = RedisEndpoint(host: settings.host, port: port)
        let member = topology.nodes.first { $0.endpoint == endpoint }
        try refuseOtherRole(of: member, wish)
        return JoiningNode(address: endpoint.address, master: member?.master)
      }
    }
    if !begun.isEmpty {
      let isSame =
        (ports.map { Set($0).isSuperset(of: begun.map(\.address.port)) } ?? true)
        && begun.allSatisfy { ($0.master != nil) == (wish.isReplica || wish.master != nil) }
        && begun.count <= wish.count
      guard isSame else { throw unfinished(begun) }
    }
    let open = ports ?? []
    let wanted =
      ports == nil
      ? try freePorts(wish.count - begun.count, topology)
      : open.filter { port in
        !begun.contains { $0.address.port == port } && !settings.ports.contains(port)
      }
    for port in wanted { try requireFree(port) }
    let chosen = try masters(wish, topology, count: wanted.count, besides: begun)
    return begun
      + wanted.enumerated().map { index, port in
        JoiningNode(
          address: .init(host: settings.host, port: port), master: chosen.isEmpty ? nil : chosen[index % chosen.count])
      }
  }

  private func unfinished(_ begun: [JoiningNode]) -> Problem {
    let first = begun[0].address.port
    let role = begun[0].master == nil ? "" : " --replica"
    return Problem(
      "unfinished-addition", .usage,
      "an earlier run was cut off while it added \(begun.map { "\($0.address.port)" }.joined(separator: " "))",
      hint: "finish it: olares-cli redis cluster add-node --port \(first) --count \(begun.count)\(role)",
      "or take it back: olares-cli redis cluster remove-node "
        + begun.map { "\($0.address.port)" }.joined(separator: " "))
  }

  private func refuseOtherRole(
    of member: ClusterTopology.Node?, _ wish: NodeAddition
  ) throws(Problem) {
    guard let member else { return }
    let wantsReplica = wish.isReplica || wish.master != nil
    guard (member.master != nil) == wantsReplica else {
      throw Problem(
        "node-exists", .cannotCreate,
        "\(member.endpoint) is a \(member.isMaster ? "master" : "replica") of the Redis Cluster already",
        hint: "remove it first: olares-cli redis cluster remove-node \(member.endpoint.port)")
    }
  }

  /// The ids of the masters to copy, in turn; empty where masters are wanted.
  private func masters(
    _ wish: NodeAddition, _ topology: ClusterTopology, count: Int, besides begun: [JoiningNode] = []
  ) throws(Problem) -> [String] {
    if let name = wish.master {
      let node = try name.get(in: topology)
      guard node.isMaster, !node.isFailed else {
        throw Problem(
          "not-a-master", .usage, "\(node.endpoint) is \(node.isMaster ? "down" : "a replica itself")",
          hint: "name a master that is up: olares-cli redis cluster status")
      }
      return [node.id]
    }
    guard wish.isReplica else { return [] }
    var copies = Dictionary(
      topology.masters.filter { !$0.isFailed }.map {
        ($0.id, topology.replicas(of: $0.id).filter { !$0.isFailed }.count)
      },
      uniquingKeysWith: { first, _ in first })
    for id in begun.compactMap(\.master) where topology.nodes.allSatisfy({ $0.master != id }) { copies[id]? += 1 }
    return (0..<count).compactMap { _ in
      let least = copies.min { ($0.value, $0.key) < ($1.value, $1.key) }?.key
      if let least { copies[least]? += 1 }
      return least
    }
  }

  // MARK: Ports and addresses

  private func port(_ first: UInt16, plus offset: Int) throws(Problem) -> UInt16 {
    guard let port = UInt16(exactly: Int(first) + offset), Int(port) + PreparationOptions.busOffset <= Int(UInt16.max)
    else {
      throw Problem(
        "bad-port", .usage, "port \(Int(first) + offset) leaves no room for the cluster's bus, 10000 above",
        hint: "use a port up to \(Int(UInt16.max) - PreparationOptions.busOffset)")
    }
    return port
  }

  private var ownPorts: [UInt16] {
    settings.ports + (settings.joining ?? []).map(\.address.port) + (settings.leaving ?? []).map(\.port)
  }

  /// The next ones after those in use that nobody listens on, and that have no data of an earlier node.
  private func freePorts(_ count: Int, _ topology: ClusterTopology) throws -> [UInt16] {
    var ports: [UInt16] = []
    var candidate = settings.ports.first ?? PreparationOptions.defaultRedisPort
    while ports.count < count {
      candidate = try port(candidate, plus: 1)
      if ownPorts.contains(candidate) || Files.exists(instance.redisDirectory(candidate)) { continue }
      if (try? requireFree(candidate)) != nil { ports.append(candidate) }
    }
    return ports
  }

  private func requireFree(_ port: UInt16) throws {
    let bus = try self.port(port, plus: PreparationOptions.busOffset)
    guard !ownPorts.map({ $0 &+ UInt16(PreparationOptions.busOffset) }).contains(port) else {
      throw Problem(
        "bad-port", .usage, "port \(port) is that of another node's cluster bus", hint: "choose another with --port")
    }
    for needed in [port, bus] {
      let isPostgres = instance.installation.postgres.managed && instance.installation.postgres.port == needed
      let holder = try PortHolder.of(needed)?.description
      if let holder = isPostgres ? "PostgreSQL" : holder {
        throw Problem(
          "port-taken", .cannotCreate, "port \(needed) is taken by \(holder)",
          hint: "leave --port out, and the next that are free are used")
      }
    }
    let directory = instance.redisDirectory(port)
    if Files.exists(directory) {
      throw Problem(
        "data-in-the-way", .cannotCreate, "there is data of an earlier node in \(directory)",
        hint: "move it away, or use another port: --port")
    }
  }

  /// A server of others has to be empty; redis-cli says what else it does not like.
  private func requireEmpty(_ endpoint: RedisEndpoint, _ cluster: RedisCluster) async throws {
    let replies = try await cluster.connection(to: endpoint).pipeline([["CLUSTER", "INFO"], ["DBSIZE"]])
    let others = replies[0].text.flatMap { ServerInformation($0).integer("cluster_known_nodes") } ?? 1
    guard others == 1, replies[1].integer == 0 else {
      throw Problem(
        "foreign-redis-node", .notPermitted,
        "the Redis at \(endpoint) \(others > 1 ? "belongs to another cluster" : "holds keys")",
        hint: "name one that is empty, or empty it first: redis-cli CLUSTER RESET, FLUSHALL")
    }
  }

  // MARK: What is on record

  private func beginStep(_ nodes: [JoiningNode]) -> ClusterStep {
    let names = nodes.map { "\(RedisEndpoint($0.address))" }.joined(separator: ", ")
    return ClusterStep("begin", "\(names) on record") {
      let present = try recorded()
      return nodes.allSatisfy { node in
        present.addresses.contains(node.address) || present.joining?.contains { $0.address == node.address } == true
      } ? "on record" : nil
    } perform: {
      try record { settings in
        let known = Set((settings.joining ?? []).map(\.address) + settings.addresses)
        settings.joining = (settings.joining ?? []) + nodes.filter { !known.contains($0.address) }
      }
      return names
    }
  }

  /// From here on the nodes are asked about the cluster like the others.
  func endStep(_ nodes: [JoiningNode]) -> ClusterStep {
    ClusterStep("end", "they belong to the cluster") {
      let present = try recorded()
      let isOver = (present.joining ?? []).allSatisfy { joining in !nodes.contains { $0.address == joining.address } }
      return isOver && nodes.allSatisfy { present.addresses.contains($0.address) } ? "on record" : nil
    } perform: {
      try record { settings in
        let left = (settings.joining ?? []).filter { joining in !nodes.contains { $0.address == joining.address } }
        settings.joining = left.isEmpty ? nil : left
        let new = nodes.map(\.address).filter { !settings.addresses.contains($0) }
        if settings.managed {
          settings.ports += new.map(\.port)
          // A node that was replaced is where it was.
          if nodes.contains(where: { $0.replaced != nil }) { settings.ports.sort() }
        } else {
          settings.seeds = settings.addresses + new
        }
      }
      return "on record"
    }
  }
}
