import Core
import RedisNamespaces

/// What an account may do on a Redis Cluster that others run, and what that means for us.
package struct RedisCapabilities: Sendable {
  /// Of the oldest node.
  package let version: String
  package let masters: Int
  package let replicas: Int
  package let canCreateNamespaces: Bool
  /// What does not work, in users' words; empty for an account with `+@all ~* &*` on servers set up as `prepare` does.
  package let limitations: [String]
}

extension RedisCluster {
  /// Finds out what can be done here, and changes nothing.
  ///
  /// - Throws: `Problem` `redis-unreachable`, `redis-needs-tls`, `redis-not-a-cluster`, `redis-not-authenticated`,
  ///   `redis-wrong-password`, `redis-no-permission` if the account may not even ask, `redis-cluster-down` where slots are
  ///   not served, `redis-busy` while a node reads its data, `redis-announced-unreachable` where a master cannot be
  ///   reached at the address that the cluster gives out for it, `redis-too-old`.
  package func capabilities() async throws -> RedisCapabilities {
    let topology = try await topology(refresh: true)
    guard topology.servedSlots == HashSlot.count else { throw Problem.redisLacksSlots(topology) }
    var findings: [NodeFindings] = []
    var limitations: [String] = []
    for node in topology.nodes where !node.flags.contains("noaddr") {
      do {
        findings.append(try await NodeFindings(connection(to: node.endpoint)))
      } catch let problem as Problem where problem.isTransient && problem.code != "redis-busy" {
        if node.isMaster, !node.slots.isEmpty { throw Problem.redisAnnouncedUnreachable(node.endpoint, problem) }
        limitations.append(
          "the Redis node \(node.endpoint) cannot be reached: it gets its users by redis reconcile later")
      }
    }
    let version = findings.map(\.version).min() ?? RedisVersion(major: 0, minor: 0)
    guard version >= RedisVersion(major: 7, minor: 0) else { throw Problem.redisTooOld(version) }
    for lack in Self.lacks {
      let nodes = findings.filter(lack.applies).map(\.endpoint)
      if !nodes.isEmpty { limitations.append(lack.text + (nodes.count < findings.count ? " (\(nodes.joined))" : "")) }
    }
    let masters = topology.masters.filter { !$0.slots.isEmpty }.count
    return RedisCapabilities(
      version: version.description, masters: masters, replicas: topology.nodes.filter { $0.master != nil }.count,
      canCreateNamespaces: findings.allSatisfy { $0.permits(Probe.needed) }, limitations: limitations)
  }

  private struct Lack {
    let applies: @Sendable (NodeFindings) -> Bool
    let text: String

    init(_ text: String, _ applies: @escaping @Sendable (NodeFindings) -> Bool) {
      self.text = text
      self.applies = applies
    }
  }

  /// What to look for on each node.
  private static let lacks: [Lack] = [
    Lack("namespaces cannot be created: the account may not manage users (ACL SETUSER, GETUSER, DELUSER, USERS)") {
      !$0.permits(Probe.users)
    },
    Lack(
      "namespaces cannot be created: the account may not read and write the registry "
        + "(\(NamespaceRecord.registryKey): HGETALL, EVAL, WAIT)"
    ) {
      !$0.permits(Probe.registry)
    },
    Lack("redis ns delete --purge and redis ns stats do not work: the account may not list or remove all keys") {
      !$0.permits(Probe.keys)
    },
    Lack("connections made with an old password stay open after redis ns rotate: the account may not CLIENT KILL") {
      !$0.permits([.killClients])
    },
    Lack("redis ns stats cannot measure keys or count connections: the account may not MEMORY USAGE or CLIENT LIST") {
      !$0.permits(Probe.statistics)
    },
    Lack("redis reconcile --dry-run does not work: the account may not use transactions (MULTI)") { !$0.canProbe },
    Lack("whether data survives a restart cannot be checked: the account may not CONFIG GET") {
      !$0.permits([.readConfiguration])
    },
    Lack("nothing survives a restart: neither appendonly nor save is set") { $0.isVolatile },
    Lack("keys are dropped when memory is full: maxmemory-policy is not noeviction") { $0.evicts },
    Lack("namespaces' users are lost when a node is restarted, until olares-cli redis reconcile: no aclfile is set") {
      $0.hasNoUserFile
    },
    Lack(
      "namespaces' users are lost when a node is restarted, until olares-cli redis reconcile: the account may not ACL SAVE"
    ) {
      !$0.permits([.saveUsers])
    },
  ]
}

extension [String] {
  fileprivate var joined: String { joined(separator: ", ") }
}

/// A command whose permission is asked for without carrying it out.
enum Probe: CaseIterable, Sendable {
  case setUser, getUser, removeUser, listUsers, saveUsers
  case readRegistry, writeRegistry, wait
  case scan, listSlot, countSlot, removeKeys
  case measure, killClients, listClients
  case readConfiguration

  static let users: Set<Probe> = [.setUser, .getUser, .removeUser, .listUsers]
  static let registry: Set<Probe> = [.readRegistry, .writeRegistry, .wait]
  static let keys: Set<Probe> = [.scan, .listSlot, .countSlot, .removeKeys]
  static let statistics: Set<Probe> = [.measure, .listClients]
  /// Without these there is no namespace.
  static let needed = users.union(registry)

  var command: [String] {
    // A key as a namespace has them.
    let key = "probe-olares_probe.1:key"
    return switch self {
    case .setUser: ["ACL", "SETUSER", "probe-olares_probe"]
    case .getUser: ["ACL", "GETUSER", "probe-olares_probe"]
    case .removeUser: ["ACL", "DELUSER", "probe-olares_probe"]
    case .listUsers: ["ACL", "USERS"]
    case .saveUsers: ["ACL", "SAVE"]
    case .readRegistry: ["HGETALL", NamespaceRecord.registryKey]
    case .writeRegistry: ["EVAL", "return 0", "1", NamespaceRecord.registryKey]
    case .wait: ["WAIT", "0", "0"]
    case .scan: ["SCAN", "0"]
    case .listSlot: ["CLUSTER", "GETKEYSINSLOT", "0", "1"]
    case .countSlot: ["CLUSTER", "COUNTKEYSINSLOT", "0"]
    case .removeKeys: ["UNLINK", key]
    case .measure: ["MEMORY", "USAGE", key]
    case .killClients: ["CLIENT", "KILL", "USER", "probe-olares_probe"]
    case .listClients: ["CLIENT", "LIST"]
    case .readConfiguration: ["CONFIG", "GET", "appendonly"]
    }
  }
}

/// A server's version; patches do not matter.
struct RedisVersion: Comparable, CustomStringConvertible, Sendable {
  let major: Int
  let minor: Int

  var description: String { "\(major).\(minor)" }

  static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
}

/// What one node lets the account do, and how it is set up.
private struct NodeFindings: Sendable {
  let endpoint: String
  let version: RedisVersion
  /// Whether permissions could be asked for.
  let canProbe: Bool
  private let permitted: Set<Probe>
  /// Nil where it may not be read.
  private let configuration: [String: String]?

  init(_ connection: RedisConnection) async throws {
    endpoint = connection.endpoint.description
    (canProbe, permitted) = try await Self.probe(connection)
    configuration = permitted.contains(.readConfiguration) ? try await Self.configuration(of: connection) : nil
    version = try await Self.version(of: connection)
  }

  func permits(_ probes: Set<Probe>) -> Bool { permitted.isSuperset(of: probes) }

  var isVolatile: Bool {
    configuration.map { $0["appendonly"] == "no" && ($0["save"] ?? "").isEmpty } ?? false
  }
  var evicts: Bool { configuration?["maxmemory-policy"].map { $0 != "noeviction" } ?? false }
  var hasNoUserFile: Bool { configuration?["aclfile"].map(\.isEmpty) ?? false }

  /// Queues each command in a transaction, where its permission is checked, and then gives the transaction up.
  private static func probe(_ connection: RedisConnection) async throws -> (canProbe: Bool, permitted: Set<Probe>) {
    switch try await connection.attempt(["MULTI"]) {
    case .error(let error) where error.code == "NOPERM": return (false, [])
    case .error(let error): throw Problem(error, to: "MULTI", at: connection.endpoint)
    default: break
    }
    let replies = try await connection.pipeline(Probe.allCases.map(\.command) + [["DISCARD"]])
    for case .error(let error) in replies where error.code == "LOADING" {
      throw Problem(error, to: "MULTI", at: connection.endpoint)
    }
    // Without it, whatever is sent on this connection later would be queued as well.
    if case .error(let error) = replies.last { throw Problem(error, to: "DISCARD", at: connection.endpoint) }
    let permitted = zip(Probe.allCases, replies).filter { _, reply in
      // Other errors, such as that another node has the key, come after the check.
      if case .error(let error) = reply { error.code != "NOPERM" } else { true }
    }
    return (true, Set(permitted.map(\.0)))
  }

  private static func configuration(of connection: RedisConnection) async throws -> [String: String] {
    let names = ["appendonly", "save", "aclfile", "maxmemory-policy"]
    var values: [String: String] = [:]
    for (name, reply) in zip(names, try await connection.pipeline(names.map { ["CONFIG", "GET", $0] })) {
      if let pair = reply.texts, pair.count == 2 { values[name] = pair[1] }
    }
    return values
  }

  private static func version(of connection: RedisConnection) async throws -> RedisVersion {
    let text = try await connection.command(["INFO", "server"]).text ?? ""
    let parts = (ServerInformation(text)["redis_version"] ?? "").split(separator: ".").compactMap { Int($0) }
    guard parts.count >= 2 else { throw Problem.redisUnexpected(connection.endpoint, "INFO") }
    return RedisVersion(major: parts[0], minor: parts[1])
  }
}
