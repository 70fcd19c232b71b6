import Configuration
import Core
import Foundation
import Glibc
import Hosting
import Redis
import RedisNamespaces
import SystemPackage
import TestServers
import Testing

@testable import Setup

/// A Redis Cluster that grows and shrinks while clients use it through the namespace proxy.
@Suite(.serialized, .enabled(if: NamespaceProxy.skipReason == nil, "redis-server is not installed"))
struct ClusterGrowthTests {
  @Test func growsAndShrinksWithoutAWrongReply() async throws {
    let proxy = try await NamespaceProxy()
    do {
      try await growAndShrink(proxy)
      await proxy.stop()
    } catch {
      await proxy.stop()
      throw error
    }
  }

  private func growAndShrink(_ proxy: NamespaceProxy) async throws {
    var namespaces: [NamespaceProxy.Namespace] = []
    for index in 0..<3 { namespaces.append(try await proxy.namespace("app\(index)", spread: index == 2)) }
    for namespace in namespaces { try fill(namespace, proxy) }
    let load = ClusterLoad(port: proxy.port, namespaces.map { ($0.password, $0.record.placement == .spread) })

    var added: [RedisEndpoint] = []
    for _ in 0..<5 { added.append(try await proxy.cluster.newcomer()) }
    try await succeed(["add-node", "--address", "\(added[0])", "--no-rebalance"], proxy)
    try await succeed(["add-node", "--address", "\(added[1])"], proxy)
    for replica in added[2...] { try await succeed(["add-node", "--address", "\(replica)", "--replica"], proxy) }
    #expect(
      try await run(["add-node", "--address", "\(added[4])", "--replica"], proxy).standardOutput.hasPrefix("Nothing"))
    try await succeed(["status"], proxy)
    let grown = try await proxy.cluster.cluster().topology(refresh: true)
    #expect(grown.masters.map(\.slotCount).sorted() == [5461, 5461, 5462])
    #expect(grown.masters.allSatisfy { grown.replicas(of: $0.id).count == 1 })
    try await expectUsers(of: namespaces, on: grown)

    let leaving = grown.nodes.map(\.endpoint).filter { $0 != proxy.cluster.seeds[0] }.map(\.description)
    // Killed when it has moved some of the slots, with the cluster manager that it runs.
    try await kill(["remove-node"] + leaving, proxy) { topology in
      (5463..<16_000).contains(topology.nodes.first { $0.endpoint == proxy.cluster.seeds[0] }?.slotCount ?? 0)
    }
    #expect(try await run(["status"], proxy).status != 69)
    // While slots move, namespaces come and go as ever.
    async let removal: Void = succeed(["remove-node"] + leaving, proxy)
    namespaces.append(try await proxy.namespace("meanwhile"))
    try fill(namespaces[3], proxy)
    try await removal
    try await succeed(["status"], proxy)
    let shrunk = try await proxy.cluster.cluster().topology(refresh: true)
    #expect(shrunk.nodes.map(\.endpoint) == proxy.cluster.seeds && shrunk.coveredSlots == HashSlot.count)
    #expect(try await run(["remove-node"] + leaving, proxy).standardOutput.hasPrefix("Nothing to do"))

    let outcome = try await load.stop()
    #expect(outcome.wrong == [])
    #expect(outcome.rounds > 100)
    for namespace in namespaces { try expectFilled(namespace, proxy) }
    try await expectUsers(of: namespaces, on: shrunk)
  }

  // MARK: Verbs

  private func command(_ arguments: [String], _ proxy: NamespaceProxy) throws -> [String] {
    [try BuiltExecutable.path.string, "redis", "cluster"] + arguments + ["--base-dir", proxy.baseDirectory.string]
  }

  private func run(_ arguments: [String], _ proxy: NamespaceProxy) async throws -> ChildProcess.Result {
    let command = try command(arguments, proxy)
    return try await ChildProcess(command[0], Array(command.dropFirst())).run()
  }

  private func succeed(
    _ arguments: [String], _ proxy: NamespaceProxy, sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) async throws {
    let result = try await run(arguments, proxy)
    #expect(
      result.status == 0, "\(arguments): \(result.standardOutput)\(result.standardError)",
      sourceLocation: sourceLocation)
  }

  /// Runs a verb in a process group of its own, all of which is killed as soon as the cluster is as wanted.
  private func kill(
    _ arguments: [String], _ proxy: NamespaceProxy, when isTime: (ClusterTopology) -> Bool
  ) async throws {
    let leader = proxy.baseDirectory.appending("killed.pid")
    let own = ["--wait", "/bin/sh", "-c", "echo $$ >\"$0\"; exec \"$@\"", leader.string]
    let verb = ChildProcess("/usr/bin/setsid", try own + command(arguments, proxy))
    async let end = verb.run()
    let cluster = proxy.cluster.cluster()
    for _ in 0..<6000 {
      if try await isTime(cluster.topology(refresh: true)) { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    let id = try #require(try Files.readTextIfPresent(leader).flatMap { pid_t($0.filter(\.isNumber)) })
    Glibc.kill(-id, SIGKILL)
    #expect(try await !end.succeeded)
  }

  // MARK: Namespaces

  private func fill(_ namespace: NamespaceProxy.Namespace, _ proxy: NamespaceProxy) throws {
    let connection = try RawConnection(port: proxy.port)
    #expect(try connection.command("AUTH", namespace.password.reveal()).text == "OK")
    for index in 0..<Self.keys {
      #expect(try connection.command("SET", "key\(index)", "value \(index)").text == "OK")
      #expect(try connection.command("HSET", "hash\(index)", "a", "\(index)", "b", "x").integer == 2)
    }
  }

  private func expectFilled(_ namespace: NamespaceProxy.Namespace, _ proxy: NamespaceProxy) throws {
    let connection = try RawConnection(port: proxy.port)
    #expect(try connection.command("AUTH", namespace.password.reveal()).text == "OK")
    for index in 0..<Self.keys {
      #expect(try connection.command("GET", "key\(index)").text == "value \(index)")
      #expect(try connection.command("HGET", "hash\(index)", "a").text == "\(index)")
    }
  }

  private static let keys = 100

  private func expectUsers(of namespaces: [NamespaceProxy.Namespace], on topology: ClusterTopology) async throws {
    for node in topology.nodes {
      for namespace in namespaces {
        _ = try await RedisConnection.open(node.endpoint, credentials: login(namespace.record, namespace.password))
      }
    }
  }
}

/// Nodes of our own: servers, services, data, and what is on record.
@Suite(.serialized, .enabled(if: SupervisedScratch.canPrepare, "needs \(SupervisedScratch.needsOfPrepare)"))
struct ClusterNodesTests {
  @Test func aReplicaTakesOverAndALostNodeIsReplaced() async throws {
    try await SupervisedScratch.with { scratch in
      var machine = PreparedScratch(scratch)
      _ = try await machine.preparation().run { _ in }
      try await machine.write("kept")
      let (first, second) = (machine.redisPort, machine.redisPort + 1)
      var wish = NodeAddition()
      wish.isReplica = true
      try await change(machine) { try await $0.addition(wish) }
      #expect(try ports(machine) == [first, second])
      #expect(try await ClusterMaintenance(machine.preparation().instance).report().isHealthy)
      #expect(try await machine.preparation().isDone())
      await expectProblem("too-few-masters") { try await self.removal(of: [first], machine) }
      await expectProblem("node-lives") { try await self.replacement(of: first, machine) }

      // Its data is gone, and there are too few masters for a replica to take over by itself.
      try await lose(first, machine)
      #expect(try await !ClusterMaintenance(machine.preparation().instance).report().isHealthy)
      try await change(machine) { try await $0.replacement(.port(first), acceptingLoss: false, address: nil) }
      #expect(try await machine.read() == "kept")
      #expect(try await ClusterMaintenance(machine.preparation().instance).report().isHealthy)
      #expect(try await machine.preparation().isDone())
      #expect(try ports(machine) == [first, second])

      // Now the new one is the replica, and is what can leave.
      try await change(machine) { try #require(try await $0.removal([.port(first)], discardingData: false)) }
      machine.options.redisPort = second
      #expect(try ports(machine) == [second])
      #expect(try await machine.read() == "kept")
      let instance = try machine.preparation().instance
      let services = try instance.services.installed()
      #expect(services.contains("redis-\(second)") && !services.contains("redis-\(first)"))
      let kept = try Files.names(in: instance.redisHome)
      #expect(kept.contains { $0.hasPrefix("\(first).removed-") } && !kept.contains("\(first)"))

      // Nobody has a copy of the last one.
      try await lose(second, machine)
      await expectProblem("redis-unreachable") { try await self.replacement(of: second, machine) }
    }
  }

  @Test func whatNobodyElseHasIsOnlyGivenUpWhenAsked() async throws {
    try await SupervisedScratch.with { scratch in
      var machine = PreparedScratch(scratch)
      machine.options.redisSize = .threeMasters
      _ = try await machine.preparation().run { _ in }
      let instance = try machine.preparation().instance
      let password = try #require(try instance.secrets.serverSecrets().redisAdmin?.secret)
      let service = try instance.namespaces(password)
      var tenants: [(record: NamespaceRecord, password: Secret)] = []
      for index in 0..<6 {
        let password = Secret.random()
        let change = try await service.create(namespace("t\(index)", "alice"), password: password, spread: index == 5)
        tenants.append((try #require(change.record), password))
      }
      let topology = try await instance.redisCluster(password: password).topology(refresh: true)
      // With the registry.
      let lost = try #require(topology.master(of: NamespaceRecord.registrySlot)?.endpoint.port)
      try await lose(lost, machine)
      let losing = tenants.filter { tenant in
        tenant.record.placement.slot.map { topology.master(of: $0)?.endpoint.port == lost } ?? true
      }
      let refusal = await #expect(throws: Problem.self) { try await self.replacement(of: lost, machine) }
      #expect(refusal?.code == "data-loss")
      for tenant in tenants {
        let isNamed = refusal?.message.contains(tenant.record.id.realName) == true
        #expect(isNamed == losing.contains { $0.record == tenant.record })
      }

      try await change(machine) { try await $0.replacement(.port(lost), acceptingLoss: true, address: nil) }
      #expect(try await service.list() == tenants.map(\.record).sorted { $0.id < $1.id })
      #expect(try await ClusterMaintenance(machine.preparation().instance).report().isHealthy)
      for tenant in tenants {
        let own = RedisCluster(seeds: instance.redisEndpoints, credentials: login(tenant.record, tenant.password))
        let key = "\(tenant.record.prefix)key"
        #expect(try await own.command(["SET", key, "v"], key: key).text == "OK")
      }
      #expect(try await machine.preparation().isDone())
    }
  }

  // MARK: Changes

  private func change(
    _ machine: PreparedScratch, _ plan: (ClusterMaintenance) async throws -> ClusterWork
  ) async throws {
    let maintenance = try ClusterMaintenance(try machine.preparation().instance)
    #expect(try await maintenance.run(try await plan(maintenance)) { _ in })
  }

  private func removal(of ports: [UInt16], _ machine: PreparedScratch) async throws {
    let maintenance = try ClusterMaintenance(try machine.preparation().instance)
    _ = try await maintenance.removal(ports.map { .port($0) }, discardingData: false)
  }

  private func replacement(of port: UInt16, _ machine: PreparedScratch) async throws {
    let maintenance = try ClusterMaintenance(try machine.preparation().instance)
    _ = try await maintenance.replacement(.port(port), acceptingLoss: false, address: nil)
  }

  private func ports(_ machine: PreparedScratch) throws -> [UInt16] {
    try machine.preparation().instance.installation.redis.ports
  }

  /// Kills a node for good: without its directory it cannot be started again.
  private func lose(_ port: UInt16, _ machine: PreparedScratch) async throws {
    let instance = try machine.preparation().instance
    let state = try await instance.services.states(of: [instance.redisService(port)])[0]
    try FileManager.default.removeItem(atPath: instance.redisDirectory(port).string)
    Glibc.kill(try #require(state.processID), SIGKILL)
    try await eventually { try await !instance.redisService(port).isReady() }
  }
}
