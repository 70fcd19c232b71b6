import Crypto
import TestServers

/// Makes up sessions of three connections: two that work, and one that listens.
struct SessionGenerator {
  let password: String
  private var commands: CommandGenerator
  private let grammar: CommandGrammar

  static func session(_ grammar: CommandGrammar, seed: UInt64, password: String) -> Session {
    var generator = SessionGenerator(grammar, seed: seed, password: password)
    return generator.session(seed: seed)
  }

  private init(_ grammar: CommandGrammar, seed: UInt64, password: String) {
    self.grammar = grammar
    self.password = password
    commands = CommandGenerator(grammar, seed: seed)
  }

  private mutating func chance(_ percent: Int) -> Bool { commands.values.chance(percent) }
  private mutating func number(_ range: ClosedRange<Int>) -> Int { commands.values.number(range) }
  private mutating func pick<Element>(_ elements: [Element]) -> Element { commands.values.pick(elements) }
  private mutating func calls(_ range: ClosedRange<Int>) -> [Call] { (0..<number(range)).map { _ in commands.call() } }

  private mutating func session(seed: UInt64) -> Session {
    let protocols = (0..<3).map { _ in chance(60) ? 2 : 3 }
    var steps: [Session.Step] = [.pipeline(0, Self.content)]
    for _ in 0..<30 { steps += next() }
    return Session(seed: seed, protocols: protocols, steps: steps)
  }

  /// Something of each type, so that the first commands find something.
  private static let content = [
    Call("SET", "s1", "hello"), Call("SET", "n1", "5"), Call("RPUSH", "l1", "a", "b", "c", "3", "1"),
    Call("RPUSH", "l2", "2", "1"), Call("HSET", "h1", "f1", "v1", "f2", "2"), Call("SADD", "e1", "a", "b", "1"),
    Call("SADD", "i1", "1", "2", "3"), Call("ZADD", "z1", "1", "a", "2", "b", "3", "c"),
    Call("ZADD", "z2", "5", "b", "-1", "d"),
    Call("GEOADD", "g1", "12.5", "41.9", "Rome", "10.75", "59.9", "Oslo"), Call("XADD", "x1", "1-0", "f1", "v"),
    Call("XGROUP", "CREATE", "x1", "g1", "0"), Call("PFADD", "p1", "a", "b"), Call("SETBIT", "b1", "7", "1"),
  ]

  private mutating func next() -> [Session.Step] {
    switch number(0...99) {
    case 0..<58: [.pipeline(number(0...1), calls(1...(chance(10) ? 64 : 14)))]
    case 58..<67: transaction()
    case 67..<75: [.pipeline(number(0...1), (0..<number(1...5)).map { _ in script() })]
    case 75..<80: blocking()
    case 80..<87: messages()
    case 87..<91: [scan()]
    case 91..<94: keySpace()
    case 94..<97: connection()
    case 97: dump()
    case 98: randomMembers()
    default: oddBytes()
    }
  }

  // MARK: Transactions

  private mutating func transaction() -> [Session.Step] {
    let key = commands.values.key(of: nil)
    var steps: [Session.Step] = []
    if chance(40) {
      steps.append(.pipeline(0, [Call([Array("WATCH".utf8), key])] + (chance(30) ? calls(1...2) : [])))
      if chance(50) { steps.append(.pipeline(1, [Call([Array("APPEND".utf8), key, Array("x".utf8)])])) }
      if chance(15) { steps.append(.pipeline(0, [Call("UNWATCH")])) }
    }
    var body = [Call("MULTI")] + calls(0...6)
    if chance(25) { body += (0..<number(1...4)).map { _ in aboutTheWhole() } }
    if chance(6) { body.append(pick([Call("MULTI"), Call("WATCH", "s1"), Call("NOSUCHCOMMAND"), Call("GET")])) }
    if chance(30) { body += (0..<number(1...3)).map { _ in script() } }
    if chance(10) { body += calls(1...3) }
    let end = Call(chance(85) ? "EXEC" : "DISCARD")
    if chance(50) { return steps + [.pipeline(0, body + [end] + (chance(20) ? calls(1...3) : []))] }
    steps.append(.pipeline(0, body))
    if chance(50) { steps.append(.pipeline(1, calls(1...3))) }
    return steps + [.pipeline(0, calls(0...2) + [end])]
  }

  /// What a proxy has to do more for within a transaction than to pass it on.
  private mutating func aboutTheWhole() -> Call {
    let pattern = String(decoding: commands.values.keyPattern(), as: UTF8.self)
    return pick([
      Call("KEYS", pattern), Call("KEYS", "*"), Call("SCAN", "0", "COUNT", "10000"), Call("DBSIZE"), Call("RANDOMKEY"),
      Call("SCAN", "0", "MATCH", pattern, "COUNT", "10000"),
      Call("SCAN", "0", "COUNT", "10000", "TYPE", pick(["string", "HASH", "zset", "none", ""])),
      Call("SCAN", pick(["x", "-1", "0"]), pick(["COUNT", "NOSUCH", "MATCH"])), Call("FLUSHDB"), Call("FLUSHALL"),
      Call("FLUSHDB", pick(["ASYNC", "sync", "NOW"])), Call("SELECT", pick(["0", "1", "16"])),
      Call("MOVE", pick(["s1", "l1", "nothing"]), pick(["0", "1", "x", "16"])),
      Call("COPY", "s1", "s3", "DB", pick(["0", "1", "x", "-1"])), Call("COPY", "l1", "l3", "DB", "1", "REPLACE"),
      Call("PUBSUB", "NUMSUB", "c1"), Call("PUBSUB", "CHANNELS"), Call("PUBSUB", "NUMPAT"),
      Call("PUBSUB", "SHARDNUMSUB", "c1"), Call("PUBLISH", "c1", "x"), Call("SPUBLISH", "c1", "x"),
      Call("SORT", "i1", "BY", "n*", "GET", "#", "GET", "s*", "LIMIT", "0", pick(["2", "-1", "9223372036854775808"])),
      Call("RESTORE", "s1", "0", "garbage", "REPLACE"), Call("PFMERGE", "p1", "p2"), Call("WAIT", "0", "10"),
    ])
  }

  // MARK: Scripts

  private mutating func script() -> Call {
    let (text, keyCount) = pick(DocumentedDifferences.scripts)
    let keys = (0..<keyCount).map { _ in commands.values.key(of: pick(["string", "list", "hash", "stream", "generic"]))
    }
    let values = (0..<number(1...2)).map { _ in chance(50) ? commands.values.value() : commands.values.key(of: nil) }
    let body = Array(text.utf8)
    let hash = Insecure.SHA1.hash(data: body).flatMap { byte in
      Array((byte < 16 ? "0" : "").utf8) + Array(String(byte, radix: 16).utf8)
    }
    let count = chance(95) ? Array("\(keyCount)".utf8) : commands.values.oddNumber()
    func named(_ name: String, _ subject: [UInt8]) -> Call { Call([Array(name.utf8), subject, count] + keys + values) }
    return switch number(0...19) {
    case 0..<11: named("EVAL", body)
    case 11, 12: named("EVAL_RO", body)
    case 13, 14: named("EVALSHA", hash)
    case 15: named("EVALSHA_RO", hash)
    case 16: named("EVALSHA", Array(String(decoding: hash, as: UTF8.self).uppercased().utf8))
    case 17: Call([Array("SCRIPT".utf8), Array("LOAD".utf8), body])
    case 18: Call([Array("SCRIPT".utf8), Array("EXISTS".utf8), hash, Array("ffff".utf8)])
    default: Call(chance(70) ? ["SCRIPT", "FLUSH"] : ["SCRIPT", "FLUSH", pick(["SYNC", "ASYNC", "NOW"])])
    }
  }

  // MARK: Blocking

  private mutating func blocking() -> [Session.Step] {
    let timeout = "5"
    let pairs: [(Call, [Call])] = [
      (Call("BLPOP", "l8", "l9", timeout), [Call("DEL", "l9"), Call("RPUSH", "l9", "a", "b", "c")]),
      (Call("BRPOP", "l8", "l9", timeout), [Call("RPUSH", "l8", "a"), Call("LPUSH", "l9", "b")]),
      (
        Call("BLMOVE", "l8", "l1", "LEFT", "RIGHT", timeout),
        [Call("RPUSH", "l8", "x", "y"), Call("LRANGE", "l1", "0", "-1")]
      ),
      (Call("BRPOPLPUSH", "l8", "l9", timeout), [Call("RPUSH", "l8", "x")]),
      (Call("BLMPOP", timeout, "2", "l8", "l9", "LEFT", "COUNT", "2"), [Call("RPUSH", "l9", "x", "y", "z")]),
      (Call("BZPOPMIN", "z8", "z9", timeout), [Call("ZADD", "z9", "1", "a", "2.5", "b")]),
      (Call("BZPOPMAX", "z8", "z9", timeout), [Call("ZADD", "z8", "1", "a", "2.5", "b")]),
      (Call("BZMPOP", timeout, "2", "z8", "z9", "MAX", "COUNT", "5"), [Call("ZADD", "z9", "1", "a", "2", "b")]),
      (Call("XREAD", "BLOCK", "5000", "STREAMS", "x8", "x9", "$", "0"), [Call("XADD", "x9", "7-7", "f", "v")]),
      (
        Call("XREADGROUP", "GROUP", "g1", "c1", "BLOCK", "5000", "COUNT", "1", "STREAMS", "x8", ">"),
        [Call("XADD", "x8", "7-7", "f", "v")]
      ),
    ]
    var (call, feed) = pick(pairs)
    let cleanUp: [Call] = [
      Call("DEL", "l8", "l9", "z8", "z9", "x8", "x9"), Call("XGROUP", "CREATE", "x8", "g1", "$", "MKSTREAM"),
    ]
    // Both in the same database.
    var steps: [Session.Step] = [.pipeline(0, [Call("SELECT", "0")]), .pipeline(1, [Call("SELECT", "0")] + cleanUp)]
    switch number(0...9) {
    case 0:
      // Nothing comes.
      call.arguments = call.arguments.map {
        $0 == Array("5".utf8) ? Array("0.05".utf8) : $0 == Array("5000".utf8) ? Array("50".utf8) : $0
      }
      return steps + [.blocking(0, call), .collect(0)]
    case 1:
      // The client goes away: what comes later is not for it.
      return steps + [
        .blocking(0, call), .reopen(0),
        .pipeline(1, feed + [Call("LLEN", "l8"), Call("LLEN", "l9"), Call("ZCARD", "z9")]),
      ]
    case 2:
      // In a transaction nothing blocks.
      return steps + [.pipeline(0, [Call("MULTI"), call, Call("EXEC")])]
    case 3:
      // Of the wrong type while somebody waits.
      steps += [.blocking(0, call), .pipeline(1, [Call("SET", "l9", "x"), Call("DEL", "l9")])]
    case 4:
      steps += [.blocking(0, call), .pipeline(1, [Call("MULTI")] + feed + [Call("EXEC")])]
      return steps + [.collect(0)]
    case 5:
      // What was there already.
      return steps + [.pipeline(1, feed), .blocking(0, call), .collect(0)]
    default: steps.append(.blocking(0, call))
    }
    if chance(20) { steps.append(.blocking(2, Call("BLPOP", "l7", "0.05"))); steps.append(.collect(2)) }
    steps += [.pipeline(1, feed), .collect(0)]
    return steps
  }

  // MARK: Messages

  private mutating func messages() -> [Session.Step] {
    func channel() -> String { pick(["c1", "c2", "c3", "{c}\r\n", "c:é"]) }
    func pattern() -> String { pick(["c*", "*", "c[12]", "\\c1", "__key*__:*", "?"]) }
    var steps: [Session.Step] = []
    for _ in 0..<number(1...4) {
      let call =
        switch number(0...7) {
        case 0, 1: Call(["SUBSCRIBE"] + (0..<number(1...3)).map { _ in channel() })
        case 2, 3: Call(["PSUBSCRIBE"] + (0..<number(1...2)).map { _ in pattern() })
        case 4: Call(["SSUBSCRIBE", channel()])
        case 5: Call(["UNSUBSCRIBE"] + (chance(50) ? [channel()] : []))
        case 6: Call(["PUNSUBSCRIBE"] + (chance(50) ? [pattern()] : []))
        default: Call(["SUNSUBSCRIBE"] + (chance(50) ? [channel()] : []))
        }
      steps.append(.counted(2, [call]))
    }
    let published = (0..<number(1...5)).map { _ in
      chance(85)
        ? Call([
          Array(pick(["PUBLISH", "PUBLISH", "SPUBLISH"]).utf8), Array(channel().utf8), commands.values.message(),
        ])
        : Call(
          ["PUBSUB"]
            + pick([
              ["NUMSUB", "c1", "c2"], ["NUMPAT"], ["CHANNELS"], ["CHANNELS", "c*"], ["SHARDNUMSUB", "c1"],
              ["SHARDCHANNELS"],
            ]))
    }
    steps += [.pipeline(number(0...1), published), .messages(2)]
    if chance(25) {
      steps.append(
        .pipeline(
          2, [pick([Call("GET", "s1"), Call("PING"), Call("PING", "x"), Call("ECHO", "x"), Call("SUBSCRIBE")])]))
    }
    if chance(50) { steps.append(.counted(2, [Call("UNSUBSCRIBE"), Call("PUNSUBSCRIBE"), Call("SUNSUBSCRIBE")])) }
    if chance(15) { steps.append(.reopen(2)) }
    return steps
  }

  // MARK: Key space

  private mutating func scan() -> Session.Step {
    var after: [String] = []
    if chance(40) { after += ["MATCH", pick(["*", "s*", "[a-l]*", "f?", "nothing"])] }
    if chance(50) { after += ["COUNT", pick(["1", "2", "10", "1000"])] }
    let name = pick(["SCAN", "SCAN", "HSCAN", "SSCAN", "ZSCAN"])
    if name == "SCAN", chance(25) {
      after += ["TYPE", pick(["string", "list", "hash", "zset", "set", "stream", "nosuch"])]
    }
    if chance(5) { after += [pick(["NOSUCH", "COUNT", "MATCH"])] }
    if chance(4) { after += ["COUNT", pick(["0", "-1", "abc"])] }
    let group = ["HSCAN": "hash", "SSCAN": "set", "ZSCAN": "sorted-set"][name]
    let key = group.map { [commands.values.key(of: $0)] } ?? []
    return .scan(number(0...1), before: [Array(name.utf8)] + key, after: after.map { Array($0.utf8) })
  }

  private mutating func keySpace() -> [Session.Step] {
    let database = "\(number(0...2))"
    let calls = [
      Call("SELECT", database), Call("MOVE", "s1", "1"), Call("COPY", "l1", "l2", "DB", "1", "REPLACE"), Call("DBSIZE"),
      Call("KEYS", "*"), Call("RANDOMKEY"),
      Call(chance(50) ? ["FLUSHDB"] : ["FLUSHDB", pick(["ASYNC", "SYNC", "NOW"])]),
      Call("DBSIZE"), Call("FLUSHALL"), Call("DBSIZE"), Call("SELECT", "0"), Call("RENAME", "s1", "s2"),
    ].filter { _ in chance(45) }
    return [.pipeline(number(0...1), calls), .pipeline(0, Self.content)]
  }

  private mutating func dump() -> [Session.Step] {
    // Compared in shape only: how an object was built is part of it. What is restored is compared by reading it.
    let key = commands.values.key(of: nil)
    return [.pipeline(0, [Call([Array("DUMP".utf8), key]), Call("RESTORE", "s1", "0", "garbage", "REPLACE")])]
  }

  private mutating func randomMembers() -> [Session.Step] {
    let key = commands.values.key(of: "set")
    let pop =
      [Array("SPOP".utf8), key]
      + (chance(50) ? [pick([Array("2".utf8), Array("100".utf8), Array("-1".utf8), Array("x".utf8)])] : [])
    return [.pipeline(0, [Call(pop), Call([Array("SCARD".utf8), key]), Call([Array("DEL".utf8), key])])]
  }

  // MARK: The connection

  private mutating func connection() -> [Session.Step] {
    let index = number(0...1)
    let login = Call("AUTH", password)
    switch number(0...8) {
    case 0:
      return [
        .pipeline(
          index,
          [Call("HELLO", pick(["2", "3"])), Call("HGETALL", "h1"), Call("ZRANGE", "z1", "0", "-1", "WITHSCORES")])
      ]
    case 1:
      return [
        .pipeline(
          index,
          [
            Call("HELLO", pick(["1", "4", "abc", ""])), Call("HELLO"),
            Call("HELLO", "3", "AUTH", "default", password, "SETNAME", "me"), Call("CLIENT", "GETNAME"),
          ])
      ]
    case 2: return [.pipeline(index, [Call("RESET"), Call("GET", "s1"), Call("PING"), Call("HELLO"), login])]
    case 3:
      return [.pipeline(index, [Call("AUTH", "default", password), Call("AUTH"), Call("AUTH", "a", "b", "c"), login])]
    case 4: return [.counted(index, [Call("CLIENT", "REPLY", "SKIP"), Call("SET", "s1", "x"), Call("GET", "s1")])]
    case 5:
      return [
        .counted(
          index,
          [
            Call("CLIENT", "REPLY", "OFF"), Call("SET", "s1", "y"), Call("GET", "s1"), Call("CLIENT", "REPLY", "ON"),
            Call("GET", "s1"),
          ])
      ]
    case 6:
      return [
        .pipeline(
          index,
          [
            Call("WAIT", "0", "10"), Call("CLIENT", "SETNAME", "bad name"), Call("CLIENT"), Call("CLIENT", "NOSUCH"),
            Call("COMMAND", "COUNT"),
          ])
      ]
    case 7: return [.pipeline(index, [Call("QUIT")]), .reopen(index)]
    default: return [.reopen(index)]
    }
  }

  private mutating func oddBytes() -> [Session.Step] {
    let bytes = pick([
      "\r\n\r\nPING\r\n", "*0\r\nPING\r\n", "*-1\r\nPING\r\n", "*1\r\n$-1\r\n", "*x\r\n",
      "*1\r\n+PING\r\n",
      "PING \"unbalanced\r\n", "SET s1 \"a\\x41\\n\" \r\nGET s1\r\n", "*2\r\n$3\r\nGET\r\n$99999999999\r\n",
      "PING\nPING\n",
      "*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n", "  GET   s1  \r\n", "GET 's1'\r\n",
      "*3\r\n$3\r\nSET\r\n$2\r\ns1\r\n$0\r\n\r\n",
    ])
    return [.raw(1, Array(bytes.utf8)), .reopen(1)]
  }
}
