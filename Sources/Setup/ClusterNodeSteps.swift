import Configuration
import Core
import FoundationEssentials
import Glibc
import Hosting
import Redis
import SystemPackage

// How one node comes into a cluster, and how it goes.

extension RedisEndpoint {
  init(_ address: Installation.RedisSettings.Address) { self.init(host: address.host, port: address.port) }
  var address: Installation.RedisSettings.Address { .init(host: host, port: port) }
}

extension ClusterMaintenance {
  typealias JoiningNode = Installation.RedisSettings.JoiningNode

  /// The steps that make `node` a member that knows all users before it serves.
  func steps(toAdd node: JoiningNode, to cluster: RedisCluster) -> [ClusterStep] {
    let endpoint = RedisEndpoint(node.address)
    let service = namespaces(of: cluster)
    let usersStep = ClusterStep("users of \(endpoint.port)", "those of every namespace, before it serves") {
      try await service.equip(endpoint, dryRun: true) ? nil : "known"
    } perform: {
      _ = try await service.equip(endpoint)
      return "known"
    }
    return (settings.managed ? [serverStep(endpoint.port)] : []) + [usersStep, joinStep(node, to: cluster)]
  }

  /// A server of our own, as `prepare` makes one.
  private func serverStep(_ port: UInt16) -> ClusterStep {
    let definition = instance.redisService(port)
    let endpoint = RedisEndpoint(host: settings.host, port: port)
    let client = RedisCluster(seeds: [endpoint], credentials: credentials)
    return ClusterStep("node \(port)", "a new server with its data in \(instance.redisDirectory(port))") {
      guard try instance.services.outdated([definition]).isEmpty,
        try await instance.services.states(of: [definition])[0].condition == .running,
        try await definition.isReady()
      else { return nil }
      _ = try await client.id(of: endpoint)
      return "runs"
    } perform: {
      guard let replication else { throw instance.secretLost("Redis") }
      try instance.writeNode(port, password: credentials.password, replication: replication)
      // With all others, since what systemd is told of one can depend on them.
      let others = try instance.serviceDefinitions().filter { $0.name != definition.name }
      try await instance.services.install(others + [definition])
      try await instance.services.start([definition])
      try await instance.retryingWhileLoading { _ = try await client.id(of: endpoint) }
      return "runs, with its data in \(instance.redisDirectory(port))"
    }
  }

  private func joinStep(_ node: JoiningNode, to cluster: RedisCluster) -> ClusterStep {
    let endpoint = RedisEndpoint(node.address)
    let service = namespaces(of: cluster)
    let role =
      node.master.map { "as a replica of \($0.prefix(8))" } ?? node.slots.map { "as the master of \($0), empty" }
      ?? "as a master"
    return ClusterStep("join of \(endpoint.port)", role) {
      try await isMember(node, of: cluster) ? role : nil
    } perform: {
      // Once more, for namespaces that were created a moment ago.
      _ = try await service.equip(endpoint)
      let id = try await cluster.id(of: endpoint)
      let topology = try await cluster.topology(refresh: true)
      guard let member = topology.masters.first(where: { !$0.isFailed && $0.id != id }) else { throw Self.nobodyLeft }
      // Who was its master may have failed over meanwhile.
      let master = node.master.map { topology.node($0)?.master ?? $0 }
      if topology.node(id) == nil {
        if node.slots == nil {
          try await manager.addNode(endpoint, to: member.endpoint, replicaOf: master)
        } else {
          try await cluster.meet(endpoint, at: member)
        }
      }
      try await cluster.settled("take in \(endpoint)") { $0.node(id) != nil }
      if let master {
        try await cluster.replicate(master, on: endpoint)
      } else if let slots = node.slots {
        try await cluster.copyFunctions(from: member.endpoint, to: endpoint)
        try await cluster.assign([ClosedRange<Int>](slotText: slots), to: endpoint)
      }
      try await cluster.settled("give \(endpoint) its place") { [master] in $0.node(id)?.master == master }
      try await cluster.awaitServing()
      return role
    }
  }

  private func isMember(_ node: JoiningNode, of cluster: RedisCluster) async throws -> Bool {
    let endpoint = RedisEndpoint(node.address)
    let topology = try await cluster.settled()
    let id = try await cluster.id(of: endpoint)
    guard let member = topology.node(id) else { return false }
    if let wanted = node.slots {
      return Set([ClosedRange<Int>](slotText: wanted).joined()).isDisjoint(with: topology.unservedSlots.joined())
    }
    guard let master = node.master else { return member.isMaster }
    return member.master == (topology.node(master)?.master ?? master)
  }

  /// Makes the others forget a node, and takes its server away where it is ours.
  /// - Parameter id: nil where the cluster does not know it any more.
  func steps(
    toRemove endpoint: RedisEndpoint, id: String?, from cluster: RedisCluster, discardingData: Bool
  ) -> [ClusterStep] {
    let leaveStep = ClusterStep("leave of \(endpoint.port)", "the other nodes forget it") {
      guard let id else { return "forgotten" }
      return try await cluster.settled().node(id) == nil ? "forgotten" : nil
    } perform: {
      if let id { try await cluster.forget(id) }
      if !settings.managed {
        // Somebody else's server stays, and is one for itself again. One that is lost cannot be told.
        _ = try? await cluster.connection(to: endpoint).attempt(["CLUSTER", "RESET", "SOFT"])
      }
      return "forgotten"
    }
    guard settings.managed else { return [leaveStep] }
    return [leaveStep, serviceEndStep(endpoint.port), dataStep(endpoint.port, discarding: discardingData)]
  }

  func serviceEndStep(_ port: UInt16) -> ClusterStep {
    let name = instance.redisService(port).name
    return ClusterStep("service \(port)", "\(name) is stopped and removed") {
      try instance.services.installed().contains(name) ? nil : "removed"
    } perform: {
      try await instance.services.remove([name])
      return "stopped and removed"
    }
  }

  /// The data is renamed, or deleted.
  func dataStep(_ port: UInt16, discarding: Bool) -> ClusterStep {
    let directory = instance.redisDirectory(port)
    let what = discarding ? "\(directory) is deleted" : "\(directory) is kept under another name"
    return ClusterStep("data of \(port)", what) {
      Files.exists(directory) ? nil : "none"
    } perform: {
      if discarding {
        try await ChildProcess("/bin/rm", ["-rf", "--", directory.string]).check(log: instance.log)
        return "deleted"
      }
      let date = Date.now.formatted(
        .iso8601.year().month().day().dateSeparator(.omitted).time(includingFractionalSeconds: false)
          .timeSeparator(.omitted))
      let kept = instance.redisHome.appending("\(port).removed-\(date)")
      guard directory.withPlatformString({ old in kept.withPlatformString { rename(old, $0) } }) == 0 else {
        throw Problem(Errno(rawValue: errno), "rename", directory)
      }
      try Files.synchronize(directory: instance.redisHome)
      return "kept in \(kept)"
    }
  }
}
