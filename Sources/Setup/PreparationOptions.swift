import Configuration
import Core
import FoundationEssentials
package import SystemPackage

/// What `prepare` is asked for. What is left out stays as it is on a prepared machine, and has its default on a new one.
package struct PreparationOptions: Sendable {
  package var root: FilePath?
  package var postgresPort: UInt16?
  package var redisPort: UInt16?
  package var redisSize: RedisSize?
  /// A second instance beside the machine's own: other commands find it by `--base-dir` only.
  package var isSeparate = false
  /// Makes servers anew whose data is gone.
  package var acceptsLostData = false

  package init() {}

  package static let defaultPostgresPort: UInt16 = 5432
  /// 6379 stays free for the proxy that apps will talk to.
  package static let defaultRedisPort: UInt16 = 7001
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
    let postgresPort = postgresPort ?? present?.postgres.port ?? Self.defaultPostgresPort
    let firstRedisPort = redisPort ?? present?.redis.ports.first ?? Self.defaultRedisPort
    let size = redisSize?.rawValue ?? present?.redis.ports.count ?? RedisSize.single.rawValue
    let root = root ?? present.map { FilePath($0.root) } ?? "/olares"
    guard Int(firstRedisPort) + size + Self.busOffset <= Int(UInt16.max) else {
      throw Problem(
        "bad-port", .usage, "--redis-port \(firstRedisPort) leaves no room for the cluster's bus, 10000 above",
        hint: "use a port up to \(Int(UInt16.max) - size - Self.busOffset)")
    }
    let redisPorts = (0..<UInt16(size)).map { firstRedisPort + $0 }
    let busPorts = redisPorts.map { $0 + UInt16(Self.busOffset) }
    guard !(redisPorts + busPorts).contains(postgresPort) else {
      throw Problem(
        "bad-port", .usage, "PostgreSQL and Redis cannot both have port \(postgresPort)",
        hint: "choose others with --postgres-port and --redis-port")
    }
    if let present {
      try requireSame("--root", FilePath(present.root), root)
      try requireSame("--postgres-port", present.postgres.port, postgresPort)
      try requireSame("--redis-port", present.redis.ports.first ?? firstRedisPort, firstRedisPort)
      try requireSame("--redis-nodes", present.redis.ports.count, size)
      if isSeparate { try requireSame("--separate", present.separate ?? false, true) }
      return present
    }
    var installation = Installation(
      prepared: prepared, root: root, fileSystem: .local,
      postgres: .init(host: "127.0.0.1", port: postgresPort, admin: "postgres", managed: true),
      redis: .init(host: "127.0.0.1", ports: redisPorts, admin: "olares", managed: true))
    installation.separate = isSeparate ? true : nil
    return installation
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
