import Configuration
import Core
import Redis
import RedisNamespaces

/// How a Redis Cluster is, what is wrong with it, and what to do about that.
package struct ClusterReport: Sendable, Encodable {
  package let nodes: [Node]
  package let servedSlots: Int
  package let findings: [StatusReport.Finding]

  package var servesAllSlots: Bool { servedSlots == HashSlot.count }
  package var isHealthy: Bool { servesAllSlots && findings.isEmpty }

  package struct Node: Sendable, Encodable {
    package let address: String
    package let id: String
    /// `master` or `replica`.
    package let role: String
    /// The address of the master that it copies.
    package let master: String?
    package let slots: Int
    /// Such as `0-5460 5462`.
    package let slotRanges: String
    /// Nil for what cannot be told, since the node does not answer.
    package let keys: Int?
    package let memoryBytes: Int?
    package let behindBytes: Int?
    package let version: String?
    /// Whether the node that was asked is connected to it.
    package let linked: Bool
    package let epoch: Int
    package let state: State
    /// Whether the registry of namespaces is in one of its slots.
    package let registry: Bool
  }

  package enum State: String, Sendable, Encodable {
    case ok, loading, unreachable, failed
  }

  private enum CodingKeys: String, CodingKey {
    case nodes, servedSlots, findings, healthy
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(nodes, forKey: .nodes)
    try container.encode(servedSlots, forKey: .servedSlots)
    try container.encode(findings, forKey: .findings)
    try container.encode(isHealthy, forKey: .healthy)
  }
}

extension ClusterMaintenance {
  /// Looks at every node; changes nothing.
  /// - Throws: `Problem` `redis-unreachable` where none answers.
  package func report() async throws -> ClusterReport {
    let cluster = cluster()
    let status = try await ClusterStatus.read(cluster)
    let findings =
      status.findings(isManaged: settings.managed) + changesBegun + strangers(status) + (await userFindings(cluster))
    return ClusterReport(
      nodes: status.nodes.map { $0.row(in: status) }, servedSlots: status.servedSlots, findings: findings)
  }

  private var changesBegun: [StatusReport.Finding] {
    var findings: [StatusReport.Finding] = []
    let joining = settings.joining ?? []
    let added = joining.filter { $0.replaced == nil }
    if !added.isEmpty {
      let replica = added.contains { $0.master != nil } ? " --replica" : ""
      findings.append(
        .init(
          "a run that adds \(added.map { "\($0.address.port)" }.joined(separator: " ")) was cut off, or is still at it",
          hint: "finish it: olares-cli redis cluster add-node --count \(added.count)\(replica)"))
    }
    for node in joining where node.replaced != nil {
      findings.append(
        .init(
          "a run that replaces \(node.address.port) was cut off, or is still at it",
          hint: "finish it: olares-cli redis cluster replace \(node.address.port)"))
    }
    let leaving = (settings.leaving ?? []).map { "\($0.port)" }.joined(separator: " ")
    if !leaving.isEmpty {
      findings.append(
        .init(
          "a run that removes \(leaving) was cut off, or is still at it",
          hint: "finish it: olares-cli redis cluster remove-node \(leaving)"))
    }
    return findings
  }

  /// Our nodes that are no members.
  private func strangers(_ status: ClusterStatus) -> [StatusReport.Finding] {
    guard settings.managed else { return [] }
    let members = Set(status.nodes.map(\.member.endpoint))
    return instance.redisEndpoints.filter { !members.contains($0) }.map {
      .init(
        "\($0) does not belong to the cluster", hint: "take it off: olares-cli redis cluster remove-node \($0.port)")
    }
  }

  private func userFindings(_ cluster: RedisCluster) async -> [StatusReport.Finding] {
    do {
      let found = try await namespaces(of: cluster).reconcile(dryRun: true)
      return Set(found.changes.map(\.node)).sorted().map { node in
        let count = found.changes.count { $0.node == node }
        return .init(
          "\(node) has \(count.of("user")) other than the registry says", hint: "mend it: olares-cli redis reconcile")
      }
    } catch {
      let problem = Problem(error)
      // That slots are not served, or nodes not there, is said already.
      return problem.isTransient ? [] : [.init(problem)]
    }
  }
}

extension ClusterStatus {
  fileprivate func findings(isManaged: Bool) -> [StatusReport.Finding] {
    var findings: [StatusReport.Finding] = []
    if !unservedSlots.isEmpty {
      findings.append(
        .init(
          "no node serves the slots \(unservedSlots.slotText)",
          hint: "start the node that has them, or give its place to a new one: olares-cli redis cluster replace NODE"))
    }
    findings += nodes.compactMap { $0.finding(isManaged: isManaged) }
    if !openSlots.isEmpty {
      findings.append(
        .init(
          "\(openSlots.count.of("slot")) on the move: \([ClosedRange<Int>](slots: openSlots).slotText)",
          hint: "unless a run is at it, finish what was cut off: olares-cli redis cluster rebalance"))
    } else if !isAgreed {
      findings.append(
        .init("the nodes do not agree on who serves what", hint: "wait for a failover to end, then look again"))
    }
    return findings + shapeFindings
  }

  /// What the cluster lacks where all of its nodes are well.
  private var shapeFindings: [StatusReport.Finding] {
    guard openSlots.isEmpty, nodes.allSatisfy({ $0.facts != nil }) else { return [] }
    var findings: [StatusReport.Finding] = []
    let hasReplicas = masters.count < nodes.count
    for master in masters.map(\.member) {
      if master.slotCount == 0 {
        findings.append(
          .init("\(master.endpoint) has no slots", hint: "give it its share: olares-cli redis cluster rebalance"))
      } else if hasReplicas, !nodes.contains(where: { $0.member.master == master.id }) {
        findings.append(
          .init(
            "\(master.endpoint) has no replica, as other masters have",
            hint: "add one: olares-cli redis cluster add-node --replica-of \(master.endpoint.port)"))
      }
    }
    if masters.count == 2 {
      findings.append(
        .init(
          "of 2 masters, neither can be replaced by a replica when it fails",
          hint: "add a third: olares-cli redis cluster add-node"))
    }
    return findings
  }
}

extension ClusterStatus.Node {
  fileprivate func finding(isManaged: Bool) -> StatusReport.Finding? {
    let endpoint = member.endpoint
    guard let facts else {
      return .init(
        "\(endpoint) \(member.isFailed ? "is down" : "cannot be reached")",
        hint: (isManaged ? "start it: olares-cli service start redis-\(endpoint.port); " : "start it; ")
          + "if its data is gone: olares-cli redis cluster replace \(endpoint.port)")
    }
    if facts.isLoading { return .init("\(endpoint) reads its data", hint: "look again in a while") }
    if facts.isReplicating { return nil }
    return .init(
      "\(endpoint) does not get what its master writes",
      hint: isManaged ? "see why: olares-cli service logs redis-\(endpoint.port)" : "see why in that node's log")
  }

  fileprivate func row(in status: ClusterStatus) -> ClusterReport.Node {
    let state: ClusterReport.State =
      facts.map { $0.isLoading ? .loading : .ok } ?? (member.isFailed ? .failed : .unreachable)
    return ClusterReport.Node(
      address: member.endpoint.description, id: member.id, role: member.isMaster ? "master" : "replica",
      master: member.master.map { status.node($0)?.member.endpoint.description ?? $0 }, slots: member.slotCount,
      slotRanges: member.slots.slotText, keys: facts?.keys, memoryBytes: facts?.memory.bytes,
      behindBytes: facts?.behind?.bytes, version: facts?.version, linked: member.isLinked, epoch: member.epoch,
      state: state, registry: member.slots.contains { $0.contains(NamespaceRecord.registrySlot.number) })
  }
}
