import Configuration
import Core
package import Redis
import RedisNamespaces

extension ClusterMaintenance {
  /// Plans that nodes leave the cluster; changes nothing. Their slots, with the keys, go to the masters that stay.
  /// - Returns: nil where none of them belongs to it.
  /// - Throws: `Problem` `too-few-masters`, `orphaned-replicas` (not permitted), `lost-node` for one that is down and has
  ///   slots, `no-such-node`, `ambiguous-node`, `redis-cluster-down`.
  package func removal(_ names: [ClusterNodeName], discardingData: Bool) async throws -> ClusterWork? {
    let begun = settings.leaving ?? []
    var known = try await cluster(without: Set(begun.map { RedisEndpoint($0) })).topology(refresh: true)
    var leaving: [(endpoint: RedisEndpoint, node: ClusterTopology.Node?)] = []
    for name in names {
      let node = try name.find(in: known)
      guard let endpoint = node?.endpoint ?? ownEndpoint(name), !leaving.contains(where: { $0.endpoint == endpoint })
      else { continue }
      leaving.append((endpoint, node))
    }
    if leaving.isEmpty { return nil }
    let endpoints = Set(leaving.map(\.endpoint))
    let ids = Set(leaving.compactMap { $0.node?.id })
    guard known.masters.contains(where: { !$0.isFailed && !ids.contains($0.id) }) else { throw Self.tooFew(0) }
    // Those that stay, also where none of them is on record, as of an attached cluster.
    let staying = known.nodes.filter { !$0.isFailed && !ids.contains($0.id) }
    let cluster = RedisCluster(seeds: staying.map(\.endpoint), credentials: credentials)
    known = try await cluster.topology(refresh: true)
    try requireCoverage(known)
    try requireSense(ids, in: known)

    let emptied: @Sendable (ClusterTopology) -> Set<String> = { topology in
      Set(topology.masters.map(\.id)).intersection(ids)
    }
    var steps = [leavingStep(endpoints, staying: staying.filter(\.isMaster).map(\.endpoint))]
    let replicas = leaving.filter { $0.node?.isMaster == false }
    // First, or they would follow the slots to other masters.
    for (endpoint, node) in replicas {
      steps += self.steps(toRemove: endpoint, id: node?.id, from: cluster, discardingData: discardingData)
    }
    if ids.contains(where: { known.node($0)?.isMaster == true }) {
      let plan = ClusterSlotPlan(known, emptying: emptied(known))
      steps += [openSlotsStep(cluster), slotsStep(cluster, emptying: emptied, plan: plan)]
    }
    for (endpoint, node) in leaving where node?.isMaster != false {
      steps += self.steps(toRemove: endpoint, id: node?.id, from: cluster, discardingData: discardingData)
    }
    steps += [usersStep(cluster), leftStep(endpoints)]
    return ClusterWork(steps: steps)
  }

  /// One of ours that the cluster does not know, or not any more.
  private func ownEndpoint(_ name: ClusterNodeName) -> RedisEndpoint? {
    let own = settings.addresses + (settings.joining ?? []).map(\.address) + (settings.leaving ?? [])
    return own.map { RedisEndpoint($0) }.first { endpoint in
      switch name {
      case .port(let port): endpoint.port == port
      case .address(let address): endpoint == address
      case .id: false
      }
    }
  }

  private func requireSense(_ ids: Set<String>, in topology: ClusterTopology) throws(Problem) {
    let leaving = topology.nodes.filter { ids.contains($0.id) }
    if let lost = leaving.first(where: { $0.isFailed && $0.slotCount > 0 }) {
      throw Problem(
        "lost-node", .unavailable, "\(lost.endpoint) is down, so its \(lost.slotCount) slots cannot be moved away",
        hint: "start it: olares-cli service start redis-\(lost.endpoint.port)",
        "if its data is gone: olares-cli redis cluster replace \(lost.endpoint.port)")
    }
    let masters = topology.masters.filter { !$0.isFailed && !ids.contains($0.id) }
    let hasLess = leaving.contains { $0.isMaster && !$0.isFailed }
    if masters.isEmpty || hasLess && masters.count == 2 { throw Self.tooFew(masters.count) }
    let orphans = topology.nodes.filter { node in
      !ids.contains(node.id) && !node.isFailed && node.master.map(ids.contains) == true
    }
    if let first = orphans.first {
      let ports = (leaving + orphans).map { "\($0.endpoint.port)" }.joined(separator: " ")
      throw Problem(
        "orphaned-replicas", .notPermitted,
        "\(orphans.map(\.endpoint.description).joined(separator: ", ")) would have no master to copy any more",
        hint: "remove the replicas too: olares-cli redis cluster remove-node \(ports)",
        "or let a replica take over first, and remove what is a replica then: redis-cli -p \(first.endpoint.port) CLUSTER FAILOVER"
      )
    }
  }

  private static func tooFew(_ masters: Int) -> Problem {
    Problem(
      "too-few-masters", .notPermitted,
      masters == 0
        ? "no master would be left" : "2 masters would be left, of which neither can be replaced when it fails",
      hint: masters == 0
        ? "to take the whole Redis Cluster off this machine: olares-cli uninstall"
        : "keep 3, or remove another one in the same run: olares-cli redis cluster remove-node NODE NODE")
  }

  private func leavingStep(_ endpoints: Set<RedisEndpoint>, staying: [RedisEndpoint]) -> ClusterStep {
    let leaving = Set(endpoints.map(\.address))
    let names = endpoints.sorted().map(\.description).joined(separator: ", ")
    return ClusterStep("begin", "\(names) on record as leaving") {
      let present = try recorded()
      let isBegun = present.managed ? leaving.isSubset(of: present.leaving ?? []) : true
      return isBegun && leaving.isDisjoint(with: present.addresses) ? "on record" : nil
    } perform: {
      try record { settings in
        if settings.managed {
          settings.leaving =
            (settings.leaving ?? []) + leaving.subtracting(settings.leaving ?? []).sorted { $0.port < $1.port }
          settings.ports.removeAll { port in leaving.contains { $0.port == port } }
        } else {
          let left = settings.addresses.filter { !leaving.contains($0) }
          settings.seeds = left.isEmpty ? staying.map(\.address) : left
          if let first = settings.seeds?.first { (settings.host, settings.ports) = (first.host, [first.port]) }
        }
        let joining = (settings.joining ?? []).filter { !leaving.contains($0.address) }
        settings.joining = joining.isEmpty ? nil : joining
      }
      return names
    }
  }

  private func leftStep(_ endpoints: Set<RedisEndpoint>) -> ClusterStep {
    let left = Set(endpoints.map(\.address))
    return ClusterStep("end", "nothing is left of them on record") {
      try left.isDisjoint(with: recorded().leaving ?? []) ? "on record" : nil
    } perform: {
      try record { settings in
        let rest = (settings.leaving ?? []).filter { !left.contains($0) }
        settings.leaving = rest.isEmpty ? nil : rest
      }
      return "on record"
    }
  }
}
