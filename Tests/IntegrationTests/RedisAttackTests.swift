import Core
import Redis
import RedisNamespaces
import TestServers
import Testing

/// From the user of one namespace against another's: each command that the server knows, with arguments that name the
/// other's keys at every place where a key could be, plain, from a script and from a function.
@Suite(.enabled(if: RedisClusterServer.skipReason == nil, "redis-server is not installed"))
struct RedisAttackTests {
  @Test func noCommandReachesAnotherNamespace() async throws {
    let server = try await RedisClusterServer()
    let service = RedisNamespaceService(cluster: server.cluster())
    let password = Secret.random()
    let attacker = try #require(try await service.create(namespace("mallory", "eve"), password: password).record)
    let victim = try #require(try await service.create(namespace("wiki", "alice"), password: .random()).record)
    let admin = try await server.connection(to: 0)
    try await plant(Self.treasure, in: victim, admin)
    try await plant("bait", in: attacker, admin)
    // Functions are closed to namespaces. Should they be opened one day, they must not reach further than the rest.
    let functions = "functions-of-mallory"
    let rules = try #require(NamespaceUser(attacker)).rules
    try await admin.command(["ACL", "SETUSER", functions] + rules + ["+fcall"])
    try await admin.command([
      "FUNCTION", "LOAD",
      "#!lua name=attack\nredis.register_function('attack', function(keys, args) return redis.call(unpack(args)) end)",
    ])
    let before = try await fingerprint(admin, of: victim)
    let client = try await server.connection(to: 0, as: login(attacker, password))
    let functionLogin = RedisCredentials(username: functions, password: password)
    let caller = try await server.connection(to: 0, as: functionLogin)
    #expect(try await client.attempt(["FCALL", "attack", "0", "PING"]).isDenied)
    #expect(try await caller.attempt(["FCALL", "attack", "0", "PING"]).text == "PONG")

    let forms = [
      Form(connection: client, login: login(attacker, password), isPlain: true) { $0 },
      // Without the keys declared, as a hostile script would.
      Form(connection: client, login: login(attacker, password), isPlain: false) {
        ["EVAL", "return redis.call(unpack(ARGV))", "0"] + $0
      },
      Form(connection: caller, login: functionLogin, isPlain: false) { ["FCALL", "attack", "0"] + $0 },
    ]

    let commands = try #require(try await admin.command(["COMMAND", "LIST"]).texts)
    #expect(commands.count > 300)
    let allowed = Set(NamespaceCommands.allowed)
    for command in commands {
      let words = command.split(separator: "|").map(String.init)
      let isOpen = allowed.contains(command) || allowed.contains(words[0])
      let few = attacks(on: victim, with: attacker, types: ["string"]).map { words + $0 }
      // A command that is closed altogether is refused whatever the keys hold.
      let plain = isOpen ? attacks(on: victim, with: attacker, types: Self.types).map { words + $0 } : few
      for form in forms {
        let isLone = Self.isDeeplyNested.contains(command) || (form.isPlain && Self.changesConnection.contains(command))
        let attempts = form.isPlain && !isLone ? plain : few
        let replies =
          try await isLone
          ? attempts.asyncMap { attempt in
            let lone = try await server.connection(to: 0, as: form.login)
            return (try? await lone.attempt(form.wrap(attempt))) ?? .null
          } : form.connection.pipeline(attempts.map(form.wrap))
        judge(replies, to: attempts, of: victim, isOpen: isOpen)
      }
      let after = try await fingerprint(admin, of: victim)
      #expect(after == before, "\(command) changed another namespace")
    }
    // Nothing was carried over into keys that the attacker can read.
    let slot = try #require(attacker.placement.slot)
    let own = try #require(try await admin.command(["CLUSTER", "GETKEYSINSLOT", "\(slot)", "10000"]).array)
    for dump in try await admin.pipeline(own.compactMap { $0.bytes.map { [Array("DUMP".utf8), $0] } }) {
      #expect(!dump.mentions(Self.treasure))
    }
    await server.stop()
  }

  /// What keeps an allowed command within its namespace is that it names its keys. The others are listed by hand, each with
  /// its reason, and a server that knows more of them is noticed here.
  @Test func allowedCommandsNameTheirKeysOrAreListed() async throws {
    let server = try await RedisClusterServer.shared()
    let admin = try await server.connection(to: 0)
    var keyless: Set<String> = []
    var patterns: Set<String> = []
    var channels: Set<String> = []
    func look(_ information: RedisReply) throws {
      let fields = try #require(information.array)
      let name = try #require(fields[0].text)
      let specifications = try #require(fields[8].array)
      if NamespaceCommands.allowed.contains(name) {
        if specifications.isEmpty { keyless.insert(name) }
        if specifications.contains(where: { $0.mentions("unknown") }) { patterns.insert(name) }
        if specifications.contains(where: { $0.mentions("not_key") }) { channels.insert(name) }
      }
      for subcommand in fields[9].array ?? [] { try look(subcommand) }
    }
    for information in try #require(try await admin.command(["COMMAND"]).array) { try look(information) }
    let listed = NamespaceCommands.Keyless.withoutData + NamespaceCommands.Keyless.ofChannels
    let shared = Set(NamespaceCommands.sharedByAll)
    #expect(keyless.union(channels).subtracting(shared) == Set(listed))
    #expect(channels.isSubset(of: NamespaceCommands.Keyless.ofChannels))
    #expect(patterns == Set(NamespaceCommands.Keyless.byPattern))
  }

  /// Exactly these carry something from one namespace to another, and it is not data.
  @Test func scriptsAreAllThatIsShared() async throws {
    let server = try await RedisClusterServer()
    let service = RedisNamespaceService(cluster: server.cluster())
    var clients: [RedisConnection] = []
    for owner in ["alice", "eve"] {
      let password = Secret.random()
      let record = try #require(try await service.create(namespace("script", owner), password: password).record)
      clients.append(try await server.connection(to: 0, as: login(record, password)))
    }
    let (victim, attacker) = (clients[0], clients[1])
    let admin = try await server.connection(to: 0)
    var reached: Set<String> = []
    let writers = ["script|load": ["SCRIPT", "LOAD"], "eval": ["EVAL"], "eval_ro": ["EVAL_RO"]]
    for (name, words) in writers {
      let text = "return '\(name)'"
      let hash = try #require(try await admin.command(["SCRIPT", "LOAD", text]).text)
      try await admin.command(["SCRIPT", "FLUSH"])
      let readers = [
        "script|exists": ["SCRIPT", "EXISTS", hash], "evalsha": ["EVALSHA", hash, "0"],
        "evalsha_ro": ["EVALSHA_RO", hash, "0"],
      ]
      var without: [String: RedisReply] = [:]
      for (reader, words) in readers { without[reader] = try await attacker.attempt(words) }
      try await victim.command(words + [text] + (name == "script|load" ? [] : ["0"]))
      for (reader, words) in readers where try await attacker.attempt(words) != without[reader] {
        reached.formUnion([name, reader])
      }
    }
    #expect(reached == Set(NamespaceCommands.sharedByAll))
    await server.stop()
  }

  /// What reaches data without naming a key is not in the list at all.
  @Test(arguments: [
    "SCAN 0", "KEYS *", "RANDOMKEY", "DBSIZE", "FLUSHDB", "FLUSHALL", "SWAPDB 0 1", "MOVE k 1", "INFO", "MONITOR",
    "CONFIG GET *", "CLIENT LIST", "CLIENT KILL TYPE normal", "CLIENT TRACKING ON BCAST", "CLIENT NO-EVICT ON",
    "ACL LIST", "ACL SETUSER x", "SCRIPT FLUSH", "SCRIPT KILL", "FUNCTION LIST", "FUNCTION FLUSH", "FCALL f 0",
    "DEBUG OBJECT k", "MEMORY STATS", "MEMORY DOCTOR", "PUBSUB CHANNELS", "SLOWLOG GET", "LATENCY LATEST", "SAVE",
    "PFMERGE k", "CLUSTER GETKEYSINSLOT 0 10", "CLUSTER COUNTKEYSINSLOT 0", "CLUSTER RESET", "REPLICAOF NO ONE",
    "SHUTDOWN", "ROLE",
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
  /// What is sent after these means something else, or gets no reply, so each attempt has a connection of its own.
  private static let changesConnection: Set = [
    "multi", "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe", "client|reply",
    "hello", "auth", "quit", "reset", "monitor", "sync", "psync",
  ]

  /// The server describes its commands in more levels than this client reads.
  private static let isDeeplyNested: Set = ["command", "command|docs", "command|info"]

  private static let types = ["string", "hash", "list", "set", "zset", "stream", "hll", "geo"]

  private func plant(_ value: String, in record: NamespaceRecord, _ admin: RedisConnection) async throws {
    let key = { (type: String) in record.prefix + type }
    let replies = try await admin.pipeline([
      ["SET", key("string"), value], ["HSET", key("hash"), "f", value], ["RPUSH", key("list"), value, value],
      ["SADD", key("set"), value], ["ZADD", key("zset"), "1", value], ["XADD", key("stream"), "1-1", "f", value],
      ["XGROUP", "CREATE", key("stream"), "g", "0"], ["PFADD", key("hll"), value],
      ["GEOADD", key("geo"), "1", "1", value],
    ])
    for case .error(let error) in replies { Issue.record("\(error.message)") }
  }

  private func fingerprint(_ admin: RedisConnection, of victim: NamespaceRecord) async throws -> [RedisReply] {
    let slot = victim.placement.slot.map(String.init(describing:)) ?? ""
    return try await admin.pipeline(
      Self.types.map { ["DUMP", victim.prefix + $0] } + Self.types.map { ["PTTL", victim.prefix + $0] }
        + [["CLUSTER", "COUNTKEYSINSLOT", slot]])
  }

  /// A way to send a command.
  private struct Form {
    let connection: RedisConnection
    let login: RedisCredentials
    let isPlain: Bool
    let wrap: ([String]) -> [String]
  }

  /// No reply tells anything of the victim, and what is closed is refused.
  private func judge(
    _ replies: [RedisReply], to attempts: [[String]], of victim: NamespaceRecord, isOpen: Bool
  ) {
    for (reply, attempt) in zip(replies, attempts) where !reply.isDeniedByRules {
      let isEcho = Self.echoes.contains(attempt[0])
      let usesOwnKey = attempt.contains { $0.hasPrefix("mallory-eve_db0.") }
      var code = ""
      if case .error(let error) = reply { code = error.code }
      let fault: String? =
        if !isOpen, !reply.isRefusal, !Self.alwaysOpen.contains(attempt[0]) {
          "is not refused"
        } else if code == "WRONGTYPE", !usesOwnKey {
          // Who is told that a key is of another type has got to it.
          "got to a key"
        } else if !isEcho, reply.mentions(Self.treasure) {
          "tells a value"
        } else if !isEcho, !usesOwnKey, !reply.isRefusal, reply.mentions(victim.prefix) {
          // What the attacker wrote into keys of his own may name the victim's.
          "tells a key"
        } else {
          nil
        }
      // Not by #expect, which takes its time for each of two hundred thousand.
      if let fault { Issue.record("\(attempt) \(fault): \(reply)") }
    }
  }

  /// These give back their own arguments, and look at no data.
  private static let echoes: Set = [
    "echo", "ping", "command", "client", "unsubscribe", "punsubscribe", "sunsubscribe",
  ]

  /// The server lets everybody log in, and leave.
  private static let alwaysOpen: Set = ["auth", "hello", "quit", "reset"]

  /// Arguments that make sense to as many commands as possible, with the victim's keys in each place, alone and beside
  /// keys of the attacker's own.
  private func attacks(
    on victim: NamespaceRecord, with attacker: NamespaceRecord, types: [String]
  ) -> [[String]] {
    let key = { victim.prefix + $0 }
    var lists: [[String]] = [
      [], [key("string")], ["GET", key("string")], ["1", key("string")], ["0", key("string")], ["*"], ["0"],
      ["\(victim.prefix)*"], ["0", "MATCH", "\(victim.prefix)*"],
      ["127.0.0.1", "1", key("string"), "0", "1"], ["127.0.0.1", "1", "", "0", "1", "KEYS", key("string")],
    ]
    for type in types {
      let name = key(type)
      let own = attacker.prefix + type
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
        // What does not add up keeps a server from finding the keys.
        ["99", name], [name, "99", name], [name, "-1", name], ["0", "99", name], [name, "x", name], [name, own, "99"],
        [name, "1", "1", "9", "km", "STORE"], ["STREAMS", name], ["STREAMS", own, name, "0"],
        [own, name], [name, own], ["2", own, name], [own, "2", own, name], ["AND", own, name], ["AND", name, own],
        [own, name, "LEFT", "LEFT"], [name, own, "LEFT", "LEFT"], [own, name, "0", "-1"], [own, name, "bait"],
        [name, own, Self.treasure], [own, name, "REPLACE"], [own, "BY", "\(victim.prefix)*"],
        [own, "ALPHA", "BY", "\(victim.prefix)*->f", "GET", "\(victim.prefix)*->f", "GET", name],
        [own, "ALPHA", "STORE", name], ["STREAMS", own, name, "0", "0"],
        ["GROUP", "g", "c", "STREAMS", own, name, ">", ">"],
        [own, name, "FROMLONLAT", "1", "1", "BYRADIUS", "9", "km"], [own, "1", "1", "9", "km", "STORE", name],
        [own, "FROMMEMBER", "bait", "BYRADIUS", "9", "km", "STOREDIST", name],
        ["return redis.call('COPY',KEYS[1],KEYS[2],'REPLACE')", "2", name, own],
      ]
    }
    return lists
  }

  /// The same from Lua, without the keys declared, as a hostile script would.
  private func script(_ arguments: [String]) -> [String] {
    ["EVAL", "return redis.call(unpack(ARGV))", "0"] + arguments
  }
}

extension RedisReply {
  fileprivate func mentions(_ text: String) -> Bool {
    switch self {
    case .bytes(let bytes): bytes.contains(Array(text.utf8))
    case .status(let status): Array(status.utf8).contains(Array(text.utf8))
    case .error(let error): Array(error.message.utf8).contains(Array(text.utf8))
    case .array(let elements): elements.contains { $0.mentions(text) }
    case .integer, .null: false
    }
  }

  /// Whether the rules of the user were all that was looked at; in scripts and functions it is said in other words.
  fileprivate var isDeniedByRules: Bool {
    guard case .error(let error) = self else { return false }
    return error.code == "NOPERM" || error.message.hasPrefix("ERR The user executing the script can't")
  }

  fileprivate var isRefusal: Bool { if case .error = self { true } else { false } }
}
