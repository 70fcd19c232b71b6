import Core
import Glibc
import Redis
import RedisNamespaces
import TestServers
import Testing

@Suite(.enabled(if: RedisClusterServer.skipReason == nil, "redis-server is not installed"))
struct RedisFailoverTests {
  @Test func replicasKnowTheUsersAndAFailoverKeepsEveryTenant() async throws {
    let server = try await RedisClusterServer(masters: 3, replicas: 1)
    let cluster = server.cluster()
    let service = RedisNamespaceService(cluster: cluster)
    var tenants: [(record: NamespaceRecord, password: Secret)] = []
    for index in 0..<8 {
      let password = Secret.random()
      let change = try await service.create(
        namespace("tenant\(index)", "alice"), password: password, spread: index == 7)
      #expect(change.warnings.isEmpty)
      tenants.append((try #require(change.record), password))
    }
    let topology = try await cluster.topology()
    #expect(topology.masters.count == 3 && topology.nodes.count == 6)
    for (record, password) in tenants {
      for index in server.nodes.indices { _ = try await server.connection(to: index, as: login(record, password)) }
      _ = try await cluster.command(["SET", "\(record.prefix)key", record.id.realName], key: "\(record.prefix)key")
    }

    let lost = try #require(topology.master(of: NamespaceRecord.registrySlot)?.endpoint)
    let index = try #require(server.nodes.firstIndex { $0.endpoint == lost })
    try await server.end(index, with: SIGKILL)
    try await waitUntil {
      let topology = try await cluster.topology(refresh: true)
      return topology.master(of: NamespaceRecord.registrySlot)?.endpoint != lost
        && topology.coveredByLiving == HashSlot.count
    }

    #expect(try await service.list().map(\.id) == tenants.map(\.record.id).sorted())
    for (record, password) in tenants {
      let own = RedisCluster(
        seeds: server.seeds.filter { $0 != lost }, credentials: login(record, password))
      let reply = try await own.command(["GET", "\(record.prefix)key"], key: "\(record.prefix)key")
      #expect(reply.text == record.id.realName)
    }
    // What changes while a node is away reaches it when it is back.
    let (_, password) = tenants[0]
    let changed = try await service.rotate(tenants[0].record.id, password: .random())
    #expect(changed.warnings.count == 1)
    try await server.start(index)
    try await waitUntil { try await cluster.topology(refresh: true).nodes.allSatisfy { !$0.isFailed } }
    #expect(try await service.reconcile().hasChanged)
    await expectProblem("redis-wrong-password") {
      try await server.connection(to: index, as: login(tenants[0].record, password))
    }
    #expect(try await !service.reconcile().hasChanged)
    await server.stop()
  }

  /// An empty node takes the place of a lost one as a new replica, learns the users, and serves the tenants when its turn
  /// comes.
  @Test func anEmptyNodeThatReplacesAnotherLearnsEveryTenant() async throws {
    let server = try await RedisClusterServer(masters: 3, replicas: 1)
    let cluster = server.cluster()
    let service = RedisNamespaceService(cluster: cluster)
    var tenants: [(record: NamespaceRecord, password: Secret)] = []
    for index in 0..<6 {
      let password = Secret.random()
      let change = try await service.create(namespace("tenant\(index)", "alice"), password: password)
      tenants.append((try #require(change.record), password))
    }
    for (record, _) in tenants {
      _ = try await cluster.command(["SET", "\(record.prefix)key", record.id.realName], key: "\(record.prefix)key")
    }
    let slot = try #require(tenants[0].record.placement.slot)
    let lost = try #require(try await cluster.topology(refresh: true).master(of: slot))
    let index = try #require(server.nodes.firstIndex { $0.endpoint == lost.endpoint })
    try await server.end(index, with: SIGKILL)
    try await waitUntil {
      let topology = try await cluster.topology(refresh: true)
      return topology.master(of: slot)?.id != lost.id && topology.coveredByLiving == HashSlot.count
    }
    let heir = try #require(try await cluster.topology().master(of: slot))

    try await server.replaceByEmpty(index)
    for other in server.nodes.indices where other != index {
      try await server.connection(to: other).command(["CLUSTER", "FORGET", lost.id])
    }
    let configuration = NodeConfiguration(
      port: lost.endpoint.port, directory: server.nodes[index].directory, replicationPassword: .random())
    try await cluster.connection(to: heir.endpoint).command([
      "CLUSTER", "MEET", lost.endpoint.host, "\(lost.endpoint.port)", "\(configuration.busPort)",
    ])
    try await waitUntil {
      _ = try await server.connection(to: index).command(["CLUSTER", "REPLICATE", heir.id])
      return true
    }
    try await waitUntil {
      let text = try await server.connection(to: index).command(["INFO", "replication"]).text ?? ""
      return ServerInformation(text)["master_link_status"] == "up"
    }
    try await waitUntil { try await cluster.topology(refresh: true).nodes.filter { !$0.isFailed }.count == 6 }

    await expectProblem("redis-wrong-password") {
      try await server.connection(to: index, as: login(tenants[0].record, tenants[0].password))
    }
    let foreseen = try await service.reconcile(dryRun: true)
    #expect(
      foreseen.changes.count == 6 && foreseen.changes.allSatisfy { $0.node == lost.endpoint && $0.kind == .added })
    #expect(try await Set(service.reconcile().changes) == Set(foreseen.changes))
    // The new node keeps what it has learnt.
    try await server.end(index, with: SIGTERM)
    try await server.start(index)
    for (record, password) in tenants { _ = try await server.connection(to: index, as: login(record, password)) }

    try await waitUntil {
      let connection = try await server.connection(to: index)
      if try await connection.command(["ROLE"]).array?.first?.text == "master" { return true }
      _ = try await connection.attempt(["CLUSTER", "FAILOVER"])
      return false
    }
    try await waitUntil { try await cluster.topology(refresh: true).master(of: slot)?.endpoint == lost.endpoint }
    for (record, password) in tenants {
      let own = RedisCluster(seeds: [lost.endpoint], credentials: login(record, password))
      let reply = try await own.command(["GET", "\(record.prefix)key"], key: "\(record.prefix)key")
      #expect(reply.text == record.id.realName)
    }
    #expect(try await !service.reconcile().hasChanged)
    await server.stop()
  }

  private func waitUntil(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<300 {
      if (try? await condition()) == true { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("the cluster did not settle")
  }
}

extension ClusterTopology {
  fileprivate var coveredByLiving: Int { masters.filter { !$0.isFailed }.reduce(0) { $0 + $1.slotCount } }
}
