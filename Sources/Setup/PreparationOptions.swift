import Configuration
package import Core
import FoundationEssentials
package import PostgreSQL
package import Redis
package import SystemPackage

/// What `prepare` is asked for. What is left out stays as it is on a prepared machine, and has its default on a new one.
package struct PreparationOptions: Sendable {
  package var root: FilePath?
  package var postgresPort: UInt16?
  package var redisPort: UInt16?
  package var redisSize: RedisSize?
  /// Where apps reach their namespaces.
  package var redisProxyPort: UInt16?
  /// A second instance beside the machine's own: other commands find it by `--base-dir` only.
  package var isSeparate = false
  /// A server to use instead of one of our own.
  package var postgres: PostgreSQLEndpoint?
  package var postgresPassword: Secret?
  /// Nodes of a cluster to use instead of one of our own; the others are found through them.
  package var redisSeeds: [RedisEndpoint] = []
  package var redisUsername: String?
  package var redisPassword: Secret?
  /// Makes servers anew whose data is gone.
  package var acceptsLostData = false

  package init() {}

  package static let defaultPostgresPort: UInt16 = 5432
  package static let defaultRedisPort: UInt16 = 7001
  /// Redis' own, since to apps the proxy is a plain Redis.
  package static let defaultRedisProxyPort: UInt16 = 6379
}

/// How many nodes the Redis Cluster has.
package enum RedisSize: Int, Sendable, CaseIterable {
  /// One node with all slots.
  case single = 1
  case threeMasters = 3
  /// Three masters with a replica each.
  case replicated = 6

  package var masters: Int { self == .single ? 1 : 3 }
}

extension PreparationOptions {
  /// The machine as it is to be.
  /// - Parameter present: what is prepared already.
  /// - Throws: `Problem` `bad-port` (usage), or `prepared-differently` (cannot create) where an option contradicts what
  ///   is prepared: data is never moved by this.
  func installation(present: Installation?, prepared: Date) throws(Problem) -> Installation {
    let root = root ?? present.map { FilePath($0.root) } ?? "/olares"
    var redis = try redisSettings(present: present?.redis)
    let postgres = try postgresSettings(present: present?.postgres, besides: redis)
    redis.proxy = try proxyAddress(present: present?.redis.proxy, besides: redis, postgres)
    if let present {
      try requireSame("--root", FilePath(present.root), root)
      if isSeparate { try requireSame("--separate", present.separate ?? false, true) }
    }
    var installation = Installation(
      prepared: present?.prepared ?? prepared, root: root, fileSystem: present?.fileSystem ?? .local,
      postgres: postgres, redis: redis)
    installation.separate = present == nil ? (isSeparate ? true : nil) : present?.separate
    return installation
  }

  private func postgresSettings(
    present: Installation.PostgreSQLSettings?, besides redis: Installation.RedisSettings
  ) throws(Problem) -> Installation.PostgreSQLSettings {
    if let postgres { return try attachedSettings(postgres, present: present) }
    if let present, !present.managed {
      if let postgresPort { try requireSame("--postgres-port", present.port, postgresPort) }
      return present
    }
    let port = postgresPort ?? present?.port ?? Self.defaultPostgresPort
    guard !redis.portsOfOurs.contains(port) else {
      throw Problem(
        "bad-port", .usage, "PostgreSQL and Redis cannot both have port \(port)",
        hint: "choose others with --postgres-port and --redis-port")
    }
    if let present { try requireSame("--postgres-port", present.port, port) }
    return present ?? .init(host: "127.0.0.1", port: port, admin: "postgres", managed: true)
  }

  /// How to get there may change, and where the data is may not.
  private func attachedSettings(
    _ endpoint: PostgreSQLEndpoint, present: Installation.PostgreSQLSettings?
  ) throws(Problem) -> Installation.PostgreSQLSettings {
    var settings = Installation.PostgreSQLSettings(
      host: endpoint.host, port: endpoint.port, admin: endpoint.user, managed: false)
    settings.database = endpoint.database == "postgres" ? nil : endpoint.database
    settings.sslMode = endpoint.sslMode == .prefer ? nil : endpoint.sslMode.rawValue
    settings.sslRootCertificate = endpoint.rootCertificate
    if let present {
      if present.managed { throw Self.alreadyManaged("PostgreSQL", "--postgres-url") }
      try requireSame("--postgres-url", "\(present.host):\(present.port)", "\(settings.host):\(settings.port)")
    }
    return settings
  }

  private func redisSettings(present: Installation.RedisSettings?) throws(Problem) -> Installation.RedisSettings {
    if !redisSeeds.isEmpty { return try attachedSettings(redisSeeds, present: present) }
    if var present, !present.managed {
      if redisPort != nil || redisSize != nil {
        throw Problem(
          "prepared-differently", .cannotCreate, "this machine is prepared with an attached Redis Cluster",
          hint: "leave --redis-port and --redis-nodes out: prepare never moves data")
      }
      present.admin = redisUsername ?? present.admin
      return present
    }
    let first = redisPort ?? present?.ports.first ?? Self.defaultRedisPort
    let size = redisSize?.rawValue ?? present?.ports.count ?? RedisSize.single.rawValue
    guard Int(first) + size + Self.busOffset <= Int(UInt16.max) else {
      throw Problem(
        "bad-port", .usage, "--redis-port \(first) leaves no room for the cluster's bus, 10000 above",
        hint: "use a port up to \(Int(UInt16.max) - size - Self.busOffset)")
    }
    if let present {
      try requireSame("--redis-port", present.ports.first ?? first, first)
      if present.ports.count != size {
        throw Problem(
          "prepared-differently", .cannotCreate,
          "this machine is prepared with --redis-nodes \(present.ports.count), not \(size)",
          hint: "leave --redis-nodes out", "change them: olares-cli redis cluster add-node, or remove-node")
      }
      return present
    }
    return .init(host: "127.0.0.1", ports: (0..<UInt16(size)).map { first + $0 }, admin: "olares", managed: true)
  }

  /// It may move, since it has no data.
  private func proxyAddress(
    present: Installation.RedisSettings.Address?, besides redis: Installation.RedisSettings,
    _ postgres: Installation.PostgreSQLSettings
  ) throws(Problem) -> Installation.RedisSettings.Address {
    let port = redisProxyPort ?? present?.port ?? Self.defaultRedisProxyPort
    let taken = redis.portsOfOurs + (postgres.managed ? [postgres.port] : [])
    guard !taken.contains(port) else {
      throw Problem(
        "bad-port", .usage, "the namespace proxy cannot have port \(port): another of the servers has it",
        hint: "choose another one with --redis-proxy-port")
    }
    return .init(host: present?.host ?? "127.0.0.1", port: port)
  }

  /// A cluster is known by any of its nodes: whether it still is the same one, its registry of namespaces tells.
  private func attachedSettings(
    _ seeds: [RedisEndpoint], present: Installation.RedisSettings?
  ) throws(Problem) -> Installation.RedisSettings {
    if present?.managed == true { throw Self.alreadyManaged("Redis Cluster", "--redis-seed") }
    var settings = Installation.RedisSettings(
      host: seeds[0].host, ports: seeds.prefix(1).map(\.port),
      admin: redisUsername ?? present?.admin ?? Self.defaultRedisUser, managed: false)
    settings.seeds = seeds.map { .init(host: $0.host, port: $0.port) }
    return settings
  }

  /// The user that a password alone is for (`requirepass`).
  static let defaultRedisUser = "default"

  private static func alreadyManaged(_ server: String, _ option: String) -> Problem {
    Problem(
      "prepared-differently", .cannotCreate,
      "this machine runs a \(server) of its own, with the data of apps in it; \(option) would leave that behind",
      hint: "leave \(option) out: prepare never moves data",
      "use that server for a second instance: olares-cli prepare --separate --base-dir DIR --root DIR \(option) …")
  }

  static let busOffset = 10_000

  private func requireSame<Value: Equatable>(_ option: String, _ present: Value, _ wanted: Value) throws(Problem) {
    if present == wanted { return }
    throw Problem(
      "prepared-differently", .cannotCreate, "this machine is prepared with \(option) \(present), not \(wanted)",
      hint: "leave \(option) out: prepare never moves data",
      "a second instance needs its own: olares-cli prepare --separate --base-dir DIR --root DIR")
  }
}

extension Installation.RedisSettings {
  /// Of the nodes that are ours to run, each with its bus.
  fileprivate var portsOfOurs: [UInt16] {
    managed ? ports + ports.map { $0 + UInt16(PreparationOptions.busOffset) } : []
  }
}
