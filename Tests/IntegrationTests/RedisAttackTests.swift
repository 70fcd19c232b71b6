import Core
import Redis
import RedisNamespaces
import TestServers
import Testing

/// From the user of one namespace against another's: each command that the server knows, with arguments that name the
/// other's keys at every place where a key could be, plain and from a script.
@Suite(.enabled(if: RedisClusterServer.skipReason == nil, "redis-server is not installed"))
struct RedisAttackTests {
  @Test func noCommandReachesAnotherNamespace() async throws {
    let server = try await RedisClusterServer()
    let service = RedisNamespaceService(cluster: server.cluster())
    let password = Secret.random()
    let attacker = try #require(try await service.create(namespace("mallory", "eve"), password: password).record)
    let victim = try #require(try await service.create(namespace("wiki", "alice"), password: .random()).record)
    let admin = try await server.connection(to: 0)
    try await plant(victim, admin)
    let before = try await fingerprint(admin, of: victim)

    let commands = try #require(try await admin.command(["COMMAND", "LIST"]).texts).filter { !$0.contains("|") }
    #expect(commands.count > 200)
    let ending: Set = ["quit", "reset", "shutdown"]
    var client = try await server.connection(to: 0, as: login(attacker, password))
    for command in commands where !ending.contains(command) {
      for arguments in attacks(with: command, on: victim) {
        for form in [arguments, script(arguments)] {
          let reply = (try? await client.attempt(form)) ?? .null
          #expect(!reply.mentions(Self.treasure) || reply.isEcho(of: command), "\(form)")
          #expect(!reply.mentions(victim.prefix) || reply.isRefusal || reply.isEcho(of: command), "\(form)")
          if await !client.isUsable || Self.changesState.contains(command) {
            client = try await server.connection(to: 0, as: login(attacker, password))
          }
        }
      }
      let after = try await fingerprint(admin, of: victim)
      #expect(after == before, "\(command) changed another namespace")
    }
    await server.stop()
  }

  /// What reaches data without naming a key is not in the list at all.
  @Test(arguments: [
    "SCAN 0", "KEYS *", "RANDOMKEY", "DBSIZE", "FLUSHDB", "FLUSHALL", "SWAPDB 0 1", "MOVE k 1", "INFO", "MONITOR",
    "CONFIG GET *", "CLIENT LIST", "CLIENT KILL TYPE normal", "CLIENT TRACKING ON BCAST", "CLIENT NO-EVICT ON",
    "ACL LIST", "ACL SETUSER x", "SCRIPT FLUSH", "SCRIPT KILL", "FUNCTION LIST", "FUNCTION FLUSH", "FCALL f 0",
    "DEBUG OBJECT k", "MEMORY STATS", "MEMORY DOCTOR", "PUBSUB CHANNELS", "SLOWLOG GET", "LATENCY LATEST", "SAVE",
    "CLUSTER GETKEYSINSLOT 0 10", "CLUSTER COUNTKEYSINSLOT 0", "CLUSTER RESET", "REPLICAOF NO ONE", "SHUTDOWN", "ROLE",
    "MODULE LIST", "PSYNC ? -1", "SYNC", "WAIT 1 1", "MIGRATE h 1 k 0 1", "RESTORE k 0 x", "PFDEBUG ENCODING k",
    "LOLWUT2",
  ])
  func whatReachesAroundKeysIsDenied(line: String) async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let password = Secret.random()
    let record = try #require(
      try await service.create(
        namespace("deny", "eve", "n\(line.utf8.reduce(5381) { ($0 &* 33 &+ Int($1)) & 0xffff_ffff })"),
        password: password
      ).record)
    let client = try await server.connection(to: 0, as: login(record, password))
    let words = line.split(separator: " ").map(String.init)
    #expect(try await client.attempt(words).isRefusal)
    #expect(try await client.attempt(script(words)).isRefusal)
  }

  @Test func messagesStayInTheirNamespace() async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let password = Secret.random()
    let attacker = try #require(try await service.create(namespace("spy", "eve"), password: password).record)
    let victim = try #require(try await service.create(namespace("chat", "alice"), password: .random()).record)
    for words in [
      ["SUBSCRIBE", "\(victim.prefix)c"], ["PSUBSCRIBE", "*"], ["PSUBSCRIBE", "\(victim.prefix)*"],
      ["SSUBSCRIBE", "\(victim.prefix)c"], ["PUBLISH", "\(victim.prefix)c", "x"],
      ["SPUBLISH", "\(victim.prefix)c", "x"],
      ["PSUBSCRIBE", "__key*__:*"], ["SUBSCRIBE", "__keyevent@0__:set"],
    ] {
      let client = try await server.connection(to: 0, as: login(attacker, password))
      #expect(try await client.attempt(words).isRefusal, "\(words)")
    }
    let client = try await server.connection(to: 0, as: login(attacker, password))
    #expect(try await client.attempt(["SUBSCRIBE", "\(attacker.prefix)c"]).array?.count == 3)
  }

  private static let treasure = "treasure-of-the-victim"
  /// A connection is not itself any more after these.
  private static let changesState: Set = [
    "multi", "subscribe", "psubscribe", "ssubscribe", "client", "hello", "auth", "readonly", "asking", "select",
    "watch",
    "monitor", "sync", "psync", "unsubscribe", "punsubscribe", "sunsubscribe",
  ]

  private static let types = ["string", "hash", "list", "set", "zset", "stream", "hll", "geo"]

  private func plant(_ victim: NamespaceRecord, _ admin: RedisConnection) async throws {
    let key = { (type: String) in victim.prefix + type }
    let replies = try await admin.pipeline([
      ["SET", key("string"), Self.treasure], ["HSET", key("hash"), "f", Self.treasure],
      ["RPUSH", key("list"), Self.treasure, Self.treasure], ["SADD", key("set"), Self.treasure],
      ["ZADD", key("zset"), "1", Self.treasure], ["XADD", key("stream"), "1-1", "f", Self.treasure],
      ["XGROUP", "CREATE", key("stream"), "g", "0"], ["PFADD", key("hll"), Self.treasure],
      ["GEOADD", key("geo"), "1", "1", Self.treasure],
    ])
    for case .error(let error) in replies { Issue.record("\(error.message)") }
  }

  private func fingerprint(_ admin: RedisConnection, of victim: NamespaceRecord) async throws -> [RedisReply] {
    let slot = victim.placement.slot.map(String.init(describing:)) ?? ""
    return try await admin.pipeline(
      Self.types.map { ["DUMP", victim.prefix + $0] } + Self.types.map { ["PTTL", victim.prefix + $0] }
        + [["CLUSTER", "COUNTKEYSINSLOT", slot]])
  }

  /// Arguments that make sense to as many commands as possible, with the victim's keys in each place.
  private func attacks(with command: String, on victim: NamespaceRecord) -> [[String]] {
    let key = { victim.prefix + $0 }
    var lists: [[String]] = [
      [], [key("string")], ["GET", key("string")], ["1", key("string")], ["0", key("string")],
    ]
    for type in Self.types {
      let name = key(type)
      lists += [
        [name], [name, name], [name, "0", "-1"], [name, "f"], [name, "0"], [name, "1", Self.treasure],
        [name, "f", "v"],
        [name, name, "1"], ["2", name, name], ["1", name, "LEFT"], ["1", name, "MIN"], ["0", "1", name, "MAX"],
        ["AND", name, name], ["ENCODING", name], ["USAGE", name], ["FREQ", name], ["IDLETIME", name], ["STREAM", name],
        ["GROUPS", name], ["DESTROY", name, "g"], ["STREAMS", name, "0"], ["COUNT", "9", "STREAMS", name, "0"],
        ["GROUP", "g", "c", "STREAMS", name, ">"], [name, "g", "c", "0", "0"], [name, "-", "+"],
        [name, "BY", "nosort"],
        [name, "ALPHA", "STORE", name], [name, "1", "1", "9", "km"],
        [name, "FROMLONLAT", "1", "1", "BYRADIUS", "9", "km"],
        [name, name, "FROMLONLAT", "1", "1", "BYRADIUS", "9", "km"], [name, "0", name], ["RESTORE", name],
        [name, "9999"], [name, "EX", "9"], [name, "IDX"], [name, name, "LEFT", "LEFT"],
        [name, name, "LEFT", "LEFT", "0"],
        ["return redis.call('DUMP',KEYS[1])", "1", name], ["return redis.call('DUMP',ARGV[1])", "0", name],
      ]
    }
    return lists.map { [command] + $0 }
  }

  /// The same from Lua, without the keys declared, as a hostile script would.
  private func script(_ arguments: [String]) -> [String] {
    ["EVAL", "return redis.call(unpack(ARGV))", "0"] + arguments
  }
}

extension RedisReply {
  fileprivate func mentions(_ text: String) -> Bool {
    switch self {
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self).contains(text)
    case .status(let status): status.contains(text)
    case .error(let error): error.message.contains(text)
    case .array(let elements): elements.contains { $0.mentions(text) }
    case .integer, .null: false
    }
  }

  fileprivate var isRefusal: Bool { if case .error = self { true } else { false } }

  /// Commands that give back their own arguments and look at no data.
  fileprivate func isEcho(of command: String) -> Bool {
    ["echo", "ping", "command", "unsubscribe", "punsubscribe", "sunsubscribe"].contains(command)
  }
}
