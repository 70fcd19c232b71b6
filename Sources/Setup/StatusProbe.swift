import Configuration
import Core
import FoundationEssentials
import Hosting
import PostgreSQL
import Redis
import RedisProxy
import Storage
import SystemPackage

/// Asks every part how it is. What is broken becomes a finding, so that the rest is still reported.
package struct StatusProbe: Sendable {
  private let instance: Instance

  package init(_ instance: Instance) { self.instance = instance }

  /// - Throws: `Problem` only where nothing at all can be told.
  package func report() async throws -> StatusReport {
    async let postgres = postgreSQL()
    async let redis = redisCluster()
    async let proxy = namespaceProxy()
    let installation = instance.installation
    return StatusReport(
      host: try Machine.current().hostName, baseDirectory: instance.baseDirectory.string,
      prepared: installation.prepared, fileSystem: installation.fileSystem.rawValue,
      components: [await storage(), await postgres, await redis] + (await proxy.map { [$0] } ?? []))
  }

  private func storage() async -> StatusReport.Component {
    var component = StatusReport.Component(name: "storage", address: instance.root.string, state: .ok)
    do {
      let facts = try StorageFacts(of: instance.layout)
      component.bytes = facts.usedBytes
      component.counts = [
        "owners": facts.owners, "grants": facts.grants, "advisoryGrants": facts.advisoryGrants,
        "freeBytes": facts.freeBytes, "totalBytes": facts.totalBytes,
      ]
      component.summary =
        "\(ByteCount(facts.usedBytes).forPeople) used of \(ByteCount(facts.totalBytes).forPeople), "
        + "\(facts.owners.of("owner")), \(facts.grants.of("grant"))"
      let stopped = try await instance.stoppedServices([instance.storageService])
      if !stopped.isEmpty { component.attend(to: Self.notRunning(stopped)) }
      if facts.freeBytes < PreparationChecks.leastSpace.bytes / 2 {
        component.attend(
          to: .init(
            "only \(ByteCount(facts.freeBytes).forPeople) are free below \(instance.root)",
            hint: "make room: databases stop when the disk is full"))
      }
    } catch {
      component.fail(Problem(error))
    }
    return component
  }

  private func postgreSQL() async -> StatusReport.Component {
    let settings = instance.installation.postgres
    var component = StatusReport.Component(
      name: "postgresql", address: "\(settings.host):\(settings.port)", isAttached: !settings.managed, state: .ok)
    do {
      if settings.managed { try await requireRunning([try instance.postgresService()]) }
      guard let password = try instance.secrets.serverSecrets().postgresAdmin?.secret else {
        throw instance.passwordMissing("PostgreSQL", isManaged: settings.managed)
      }
      let session = try await AdminSession.connect(to: instance.postgresEndpoint(password: password))
      let facts = try await session.facts()
      await session.close()
      component.version = facts.version.description
      component.upSeconds = Int64(Date.now.timeIntervalSince(facts.startedAt))
      component.bytes = facts.bytes
      component.counts = [
        "databases": facts.databases, "connections": facts.connections, "connectionLimit": facts.connectionLimit,
        "checksumFailures": facts.checksumFailures,
      ]
      component.summary =
        "\(facts.databases.of("database")), \(ByteCount(facts.bytes).forPeople), \(facts.connections.of("connection"))"
      if facts.checksumFailures > 0 {
        component.attend(
          to: .init(
            "\(facts.checksumFailures) pages are damaged on disk",
            hint: settings.managed
              ? "check the disk, and restore the databases named in: olares-cli service logs postgresql"
              : "check the disk, and restore the databases named in that server's log"))
      }
      if facts.connections * 10 >= facts.connectionLimit * 9 {
        component.attend(
          to: .init(
            "\(facts.connections) of \(facts.connectionLimit) connections are in use",
            hint: "see who has them: SELECT usename, count(*) FROM pg_stat_activity GROUP BY 1"))
      }
    } catch {
      let problem = Problem(error)
      if problem.code == "postgres-unreachable", settings.managed {
        component.wait(for: Self.notAnswering("postgresql"))
      } else {
        component.fail(problem)
      }
    }
    return component
  }

  private func redisCluster() async -> StatusReport.Component {
    let settings = instance.installation.redis
    var component = StatusReport.Component(
      name: "redis", address: "\(settings.host):\(settings.ports.first ?? 0)", isAttached: !settings.managed, state: .ok
    )
    do {
      let stopped = try await instance.stoppedServices(instance.redisServices)
      if !stopped.isEmpty {
        component.attend(to: Self.notRunning(stopped))
        if stopped.count == settings.ports.count { component.state = .down }
      }
      guard component.state != .down else { return component }
      guard let password = try instance.secrets.serverSecrets().redisAdmin?.secret else {
        throw instance.passwordMissing("Redis", isManaged: settings.managed)
      }
      let cluster = instance.redisCluster(password: password)
      let progress = try await instance.redisProgress(of: cluster)
      if stopped.isEmpty, progress == .loading {
        component.wait(for: .init("Redis reads its data", hint: "look again in a while: olares-cli status"))
        return component
      }
      let status = try await RedisStatus.read(cluster)
      component.version = status.version
      component.upSeconds = status.nodes.map(\.uptime.components.seconds).min()
      component.bytes = status.memory.bytes
      component.counts = [
        "namespaces": status.namespaces, "keys": status.keys, "nodes": status.nodes.count,
        "commandsPerSecond": status.commandsPerSecond, "coveredSlots": status.coveredSlots,
      ]
      component.summary =
        "\(status.namespaces.of("namespace")), \(status.keys.of("key")), \(status.memory.forPeople), "
        + "\(status.commandsPerSecond) commands/s"
      for node in status.nodes where !node.isPersisting {
        component.attend(
          to: .init(
            "\(node.endpoint) cannot write its append-only file",
            hint: settings.managed
              ? "see why: olares-cli service logs redis-\(node.endpoint.port)" : "see why in that node's log"))
      }
      if !status.isServing {
        component.fail(
          Problem(
            "redis-not-serving", .unavailable, "\(16_384 - status.coveredSlots) of 16384 slots have no master",
            hint: settings.managed
              ? "olares-cli service start" : "see which node is missing: redis-cli --cluster check \(component.address)"
          ))
      } else if stopped.isEmpty, progress != .serving {
        component.wait(for: notServing)
      }
    } catch {
      let problem = Problem(error)
      if problem.code == "redis-unreachable", component.findings.isEmpty, settings.managed {
        component.wait(for: notServing)
      } else {
        component.fail(problem)
      }
    }
    return component
  }

  /// Nil on a machine that was prepared before there was a proxy.
  private func namespaceProxy() async -> StatusReport.Component? {
    guard let address = instance.installation.redis.proxy else { return nil }
    let name = Instance.proxyServiceName
    var component = StatusReport.Component(name: name, address: address.description, state: .ok)
    do {
      try await requireRunning(instance.proxyServices)
      guard let status = try? ProxyStatus.read(from: instance.runDirectory.proxySocket) else {
        component.wait(for: Self.notAnswering(name))
        return component
      }
      let commandsPerSecond = status.namespaces.reduce(0) { $0 + $1.commandsPerSecond }
      component.version = status.serverVersion
      component.upSeconds = Int64(status.uptimeSeconds)
      component.counts = [
        "clients": status.clients, "namespaces": status.namespaces.count, "commandsPerSecond": commandsPerSecond,
        "coveredSlots": status.coveredSlots,
      ]
      component.summary = "\(status.clients.of("client")), \(commandsPerSecond) commands/s"
    } catch {
      component.fail(Problem(error))
    }
    return component
  }

  private var notServing: StatusReport.Finding {
    let names = instance.redisServices.map(\.name)
    return names.isEmpty
      ? .init("it answers, and does not serve yet", hint: "look again in a while: olares-cli status")
      : Self.notAnswering(names.joined(separator: " "))
  }

  private func requireRunning(_ definitions: [ServiceDefinition]) async throws {
    let stopped = try await instance.stoppedServices(definitions)
    if stopped.isEmpty { return }
    let finding = Self.notRunning(stopped)
    throw Problem("not-running", .unavailable, finding.message, hint: finding.hints[0])
  }

  private static func notAnswering(_ names: String) -> StatusReport.Finding {
    .init("it runs, and does not serve yet", hint: "if it stays so, see why: olares-cli service logs \(names)")
  }

  private static func notRunning(_ names: [String]) -> StatusReport.Finding {
    let list = names.joined(separator: " ")
    return .init("\(list) \(names.count == 1 ? "does" : "do") not run", hint: "olares-cli service start \(list)")
  }
}

extension StatusReport.Component {
  fileprivate mutating func attend(to finding: StatusReport.Finding) {
    findings.append(finding)
    if state == .ok { state = .attention }
  }

  fileprivate mutating func wait(for finding: StatusReport.Finding) {
    findings.append(finding)
    state = .starting
  }

  fileprivate mutating func fail(_ problem: Problem) {
    findings.append(.init(problem))
    state = .down
  }
}
