import Configuration
import Core
package import Redis
import RedisNamespaces

extension ClusterMaintenance {
  /// Plans that a new, empty node takes the place of a lost one; changes nothing. It copies what the lost node copied, or
  /// the replica that took over from it. Where nobody has the slots of a lost master, it serves them, empty.
  ///
  /// - Parameters:
  ///   - acceptingLoss: of what only the lost node had.
  ///   - address: of the server of others that takes its place; nil for one of our own.
  /// - Throws: `Problem` `node-lives` (usage), `data-loss` (not permitted), `no-such-node`, `ambiguous-node`, `no-address`.
  package func replacement(
    _ name: ClusterNodeName, acceptingLoss: Bool, address: RedisEndpoint?
  ) async throws -> ClusterWork {
    try requireAddress(address)
    var steps: [ClusterStep] = []
    var warnings: [String] = []
    let node: JoiningNode
    let cluster: RedisCluster
    if let begun = (settings.joining ?? []).first(where: { $0.replaced != nil && name.means($0) }) {
      node = begun
      cluster = self.cluster()
    } else {
      let (lost, topology) = try await lostNode(name)
      let staying = topology.nodes.filter { !$0.isFailed && $0.id != lost.id }
      guard !staying.isEmpty else { throw Self.nobodyLeft }
      cluster = RedisCluster(seeds: staying.map(\.endpoint), credentials: credentials)
      let heir = try await heir(of: lost, in: topology, cluster)
      var new = JoiningNode(address: (address ?? lost.endpoint).address)
      new.replaced = lost.id
      if lost.slotCount > 0, heir == nil {
        new.slots = lost.slots.slotText
        let loss = try await loss(of: lost, cluster)
        guard acceptingLoss else { throw loss }
        warnings.append(loss.message)
      } else {
        new.master =
          lost.master.flatMap { topology.node($0)?.id } ?? heir?.id
          ?? topology.masterWithFewestReplicas(besides: lost.id)
      }
      if lost.slotCount > 0, let heir { steps.append(failoverStep(from: lost, to: heir, cluster)) }
      node = new
    }
    steps += [replacingStep(node)]
    // Before the new server is there, which has the same service and the same directory.
    if settings.managed { steps.append(clearingStep(node)) }
    steps.append(forgettingStep(node, cluster))
    steps += self.steps(toAdd: node, to: cluster)
    if let slots = node.slots,
      [ClosedRange<Int>](slotText: slots).joined().contains(NamespaceRecord.registrySlot.number)
    {
      steps.append(registryStep(cluster))
    }
    return ClusterWork(steps: steps + [usersStep(cluster), endStep([node])], warnings: warnings)
  }

  private func requireAddress(_ address: RedisEndpoint?) throws(Problem) {
    if settings.managed, address != nil {
      throw Problem(
        "no-address", .usage, "the nodes of the Redis Cluster are our own: the new one is where the lost one was",
        hint: "leave --address out")
    }
    if !settings.managed, address == nil {
      throw Problem(
        "no-address", .usage, "the Redis Cluster is attached; its servers are not ours to make",
        hint: "name a server that runs and is empty: --address HOST:PORT")
    }
  }

  private func lostNode(
    _ name: ClusterNodeName
  ) async throws -> (node: ClusterTopology.Node, topology: ClusterTopology) {
    let cluster = cluster()
    // While a failover is under way, the nodes do not agree.
    let topology = try await cluster.settled()
    let node = try name.get(in: topology)
    do {
      if try await cluster.id(of: node.endpoint) == node.id {
        throw Problem(
          "node-lives", .usage, "\(node.endpoint) is not lost: it answers",
          hint:
            "to have another in its place: olares-cli redis cluster add-node, then remove-node \(node.endpoint.port)"
        )
      }
    } catch let problem as Problem where problem.isTransient {}
    return (node, topology)
  }

  /// The replica of a lost master that has the most of its data.
  private func heir(
    of lost: ClusterTopology.Node, in topology: ClusterTopology, _ cluster: RedisCluster
  ) async throws -> ClusterTopology.Node? {
    var best: (node: ClusterTopology.Node, offset: Int)?
    for replica in topology.replicas(of: lost.id) where !replica.isFailed {
      guard let text = try? await cluster.connection(to: replica.endpoint).command(["INFO", "replication"]).text else {
        continue
      }
      let offset = ServerInformation(text).integer("slave_repl_offset") ?? 0
      if best.map({ $0.offset < offset }) ?? true { best = (replica, offset) }
    }
    return best?.node
  }

  private func loss(of lost: ClusterTopology.Node, _ cluster: RedisCluster) async throws -> Problem {
    let slots = Set(lost.slots.joined())
    let records = try await namespaces(of: cluster).known()
    let whole = records.filter { $0.placement.slot.map { slots.contains($0.number) } ?? false }.map(\.id.realName)
    let spread = records.filter { $0.placement == .spread }.map(\.id.realName)
    var losses: [String] = []
    if !whole.isEmpty { losses.append("all keys of \(whole.listed)") }
    if !spread.isEmpty {
      losses.append("about \(max(1, slots.count * 100 / HashSlot.count)) % of the keys of \(spread.listed)")
    }
    let what = losses.isEmpty ? "no namespace has keys there" : "lost are " + losses.joined(separator: ", and ")
    let port = lost.endpoint.port
    var problem = Problem(
      "data-loss", .notPermitted, "nobody else has the slots \(lost.slots.slotText) of \(lost.endpoint): \(what)",
      hint: "if its data is still there, start it: olares-cli service start redis-\(port)",
      "if its data is gone for good: olares-cli redis cluster replace \(port) --accept-data-loss")
    if !settings.managed { problem.hints[0] = "if its data is still there, start it" }
    return problem
  }

  // MARK: Steps

  private func failoverStep(
    from lost: ClusterTopology.Node, to heir: ClusterTopology.Node, _ cluster: RedisCluster
  ) -> ClusterStep {
    ClusterStep("failover", "\(heir.endpoint) takes over from \(lost.endpoint)") {
      try await cluster.settled().node(lost.id)?.slotCount ?? 0 == 0 ? "done" : nil
    } perform: {
      try await cluster.promote(heir, inPlaceOf: lost.id)
      return "done"
    }
  }

  private func replacingStep(_ node: JoiningNode) -> ClusterStep {
    ClusterStep("begin", "\(RedisEndpoint(node.address)) on record as being replaced") {
      try recorded().joining?.contains(node) == true ? "on record" : nil
    } perform: {
      try record { settings in
        settings.joining = (settings.joining ?? []).filter { $0.address != node.address } + [node]
        if settings.managed {
          settings.ports.removeAll { $0 == node.address.port }
        } else {
          settings.seeds = settings.addresses.filter { $0 != node.address }
        }
      }
      return "on record"
    }
  }

  /// Takes the lost server's service away, and puts its data aside, unless the new server is there already.
  private func clearingStep(_ node: JoiningNode) -> ClusterStep {
    let endpoint = RedisEndpoint(node.address)
    let end = serviceEndStep(endpoint.port)
    let data = dataStep(endpoint.port, discarding: false)
    return ClusterStep("lost server", "its service ends, and its data is kept under another name") {
      let client = RedisCluster(seeds: [endpoint], credentials: credentials)
      if let id = try? await client.id(of: endpoint), id != node.replaced { return "gone" }
      guard try await end.step.check() != nil, try await data.step.check() != nil else { return nil }
      return "gone"
    } perform: {
      _ = try await end.step.perform()
      if let gone = try await data.step.check() { return gone }
      return try await data.step.perform()
    }
  }

  private func forgettingStep(_ node: JoiningNode, _ cluster: RedisCluster) -> ClusterStep {
    ClusterStep("leave of \(node.replaced?.prefix(8) ?? "")", "the other nodes forget the lost one") {
      guard let lost = node.replaced else { return "forgotten" }
      return try await cluster.settled().node(lost) == nil ? "forgotten" : nil
    } perform: {
      if let lost = node.replaced { try await cluster.forget(lost) }
      return "forgotten"
    }
  }

  private func registryStep(_ cluster: RedisCluster) -> ClusterStep {
    let service = namespaces(of: cluster)
    return ClusterStep("registry", "the namespaces are on record again, as the nodes' users tell of them") {
      try await service.hasLostRegistry() ? nil : "there"
    } perform: {
      try await service.restoreRegistry().of("namespace")
    }
  }
}

extension ClusterNodeName {
  fileprivate func means(_ node: Installation.RedisSettings.JoiningNode) -> Bool {
    switch self {
    case .port(let port): node.address.port == port
    case .address(let endpoint): node.address == endpoint.address
    case .id(let prefix): node.replaced?.hasPrefix(prefix) == true
    }
  }
}

extension ClusterTopology {
  /// The one that took over last, where several have none.
  fileprivate func masterWithFewestReplicas(besides lost: String) -> String? {
    let masters = masters.filter { !$0.isFailed && $0.id != lost && $0.slotCount > 0 }
    return masters.min { left, right in
      let counts = [left, right].map { master in replicas(of: master.id).filter { !$0.isFailed && $0.id != lost }.count
      }
      return (counts[0], right.epoch) < (counts[1], left.epoch)
    }?.id
  }
}

extension [String] {
  /// At most ten of them.
  fileprivate var listed: String {
    prefix(10).joined(separator: ", ") + (count > 10 ? " and \(count - 10) more" : "")
  }
}
