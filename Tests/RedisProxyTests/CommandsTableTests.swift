import Core
import TestServers
import Testing

@testable import RedisProxy

struct CommandsTableTests {
  @Test(arguments: ["get", "GET", "Zrevrangebyscore", "EVAL_RO", "restore-asking"])
  func findsNamesInEitherCase(name: String) throws {
    let spec = try #require(name.withRawBytes { CommandTable.shared.find($0) })
    #expect(String(decoding: spec.pointee.name, as: UTF8.self) == name.lowercased())
  }

  @Test(arguments: [
    "", "g", "gett", "get ", "get\u{0}", "config|get", "xgroup|create", "[et", "eval\u{7f}ro", "client|",
  ])
  func findsNothingElse(name: String) {
    #expect(name.withRawBytes { CommandTable.shared.find($0) } == nil)
  }

  @Test func findsSubcommands() {
    #expect(withRequest(["xGroup", "CREATE", "a"]) { Self.name($0) } == "xgroup|create")
    #expect(withRequest(["xGroup"]) { Self.name($0) } == "xgroup")
    #expect(withRequest(["xgroup", "nothing"]) { Self.name($0) } == .some(nil))
    #expect(withRequest(["xinfo", "create"]) { Self.name($0) } == .some(nil))
    #expect(withRequest(["get", "create"]) { Self.name($0) } == "get")
  }

  static func name(_ request: Request) -> String? {
    CommandTable.shared.find(request).map { String(decoding: $0.pointee.name, as: UTF8.self) }
  }

  @Test func wordsEndAtAZeroByteAsInC() {
    #expect("sTore".withRawBytes { OptionWord.equals($0, "store") })
    #expect("store\u{0}x".withRawBytes { OptionWord.equals($0, "store") })
    for other in ["", "stor", "storex", "\u{0}store", "store x"] {
      #expect(!other.withRawBytes { OptionWord.equals($0, "store") })
    }
  }
}

/// Compared with a real server of the version that the table is for.
@Suite(.enabled(if: RedisServer.skipReason == nil, "redis-server is not installed"))
struct CommandsServerTests {
  private static let server = Task { try await RedisServer(password: password) }
  private static let password = Secret.random()

  private static func connection() async throws -> RawConnection {
    let connection = try RawConnection(port: try await server.value.port)
    _ = try connection.command("AUTH", password.reveal())
    return connection
  }

  @Test func hasEveryCommandOfTheServer() async throws {
    let connection = try await Self.connection()
    try #require(try connection.command("INFO", "server").text?.contains("redis_version:7.0.") == true)
    var names: Set<String> = []
    let entries = try #require(try connection.command("COMMAND").children)
    for entry in entries.flatMap({ [$0] + ($0.children?[9].children ?? []) }) {
      let fields = try #require(entry.children)
      let name = try #require(fields[0].text)
      names.insert(name)
      let words = name.split(separator: "|").map(String.init)
      let spec = try #require(withRequest(words) { CommandTable.shared.find($0) } ?? nil, "\(name) is not known")
      #expect(String(decoding: spec.pointee.name, as: UTF8.self) == name)
      #expect(Int(spec.pointee.arity) == fields[1].integer, "\(name)")
      let flags = Set((fields[2].children ?? []).compactMap(\.text))
      #expect(spec.pointee.flags.contains(.write) == flags.contains("write"), "\(name)")
      #expect(spec.pointee.flags.contains(.readOnly) == flags.contains("readonly"), "\(name)")
      #expect(spec.pointee.flags.contains(.noLogin) == flags.contains("no_auth"), "\(name)")
      let isScript = name == "eval" || name == "evalsha"
      if case .refused = spec.pointee.handling {
      } else {
        #expect(spec.pointee.flags.contains(.growsData) == (isScript || flags.contains("denyoom")), "\(name)")
      }
      let children = fields[9].children ?? []
      #expect(spec.pointee.flags.contains(.container) == !children.isEmpty, "\(name)")
    }
    let known = CommandTable.shared.all.map { String(decoding: $0.name, as: UTF8.self) }
    #expect(Set(known) == names)
    #expect(known.count == names.count)
  }

  /// Requests of right arity for every command that is not refused: as many arguments as it needs, and some more.
  private static func samples() -> [[String]] {
    CommandTable.shared.all.flatMap { spec -> [[String]] in
      let name = String(decoding: spec.name, as: UTF8.self)
      if case .refused = spec.handling { return [] }
      if spec.flags.contains(.container) { return [] }
      let words = name.split(separator: "|").map(String.init)
      return (0..<4).compactMap { more in
        let count = abs(Int(spec.arity)) + (spec.arity < 0 ? more : 0)
        guard words.count <= count, spec.arity < 0 || more == 0 else { return nil }
        var arguments = words + (words.count..<count).map { "argument\($0)" }
        switch spec.keys {
        case .counted(let place, _): arguments[Int(place)] = "\(min(more + 1, count - Int(place) - 1))"
        case .streams, .sort, .geoRadius: return nil
        case .none, .range: break
        }
        return arguments
      }
    } + special
  }

  private static let special: [[String]] = [
    "sort a", "sort a asc alpha limit 0 10 store b", "sort_ro a desc",
    "xread streams a 0", "xread count 1 block 1 streams a b c 0 0 0", "XREAD COUNT 10 STREAMS streams 0",
    "xreadgroup group g c noack streams a b > >", "xreadgroup group streams c count 1 streams a >",
    "georadius a 1 2 3 m", "georadius a 1 2 3 m withdist count 3 any asc store b",
    "georadiusbymember a m 3 m storedist b", "eval script 0", "eval script 2 a b c", "zunionstore a 2 b c weights 1 2",
    "blmpop 0 2 a b left", "bzmpop 0 1 a min count 2", "zinter 1 a withscores", "bitop and a b c d", "bitop not a b",
    "mset a 1 b 2 c 3", "copy a b db 3 replace", "sintercard 2 a b limit 3", "object freq a",
    "memory usage a samples 5",
    "xgroup create a g $ mkstream", "xinfo stream a full count 1", "lcs a b len idx", "watch a b c",
  ].map { $0.split(separator: " ").map(String.init) }

  @Test func findsTheKeysThatTheServerFinds() async throws {
    let connection = try await Self.connection()
    var list = IndexList()
    var compared = 0
    // The server overlooks the key of a lone destination.
    for arguments in Self.samples() where arguments != ["pfmerge", "argument1"] {
      try connection.send(["COMMAND", "GETKEYS"] + arguments)
      let reply = try connection.receive()
      // The server says the same of commands without keys and of those it does not know.
      let wanted = reply.isError ? [] : (reply.children ?? []).compactMap(\.text)
      let found: [String]? = withRequest(arguments) { request in
        guard let spec = CommandTable.shared.find(request) else { return ["unknown"] }
        guard case .subscription = spec.pointee.handling else {
          KeyPositions.find(spec, request, into: &list)
          return (0..<list.count).map { String(decoding: request[list[$0]], as: UTF8.self) }
        }
        // Their channels are no keys of the server.
        return wanted
      }
      #expect(found == wanted, "\(arguments): \(reply)")
      if !wanted.isEmpty { compared += 1 }
    }
    #expect(compared > 300)
  }

  private static let oddWords = [
    "a", "b", "c", "0", "1", "2", "-1", "01", "", "streams", "STREAMS", "streams\u{0}x", "store", "STOREDIST", "count",
    "by",
    "get", "limit", "w_*", "#", "nosort", "asc", "block", "group", "noack", "any", "withdist", "99999999999999999999",
  ]

  /// Whatever the options are: what the server takes for a key must never go to it without the prefix.
  @Test func missesNoKeyInOddRequests() async throws {
    let connection = try await Self.connection()
    var generator = SplitMix64(seed: 3)
    var list = IndexList()
    let special = ["sort", "sort_ro", "xread", "xreadgroup", "georadius", "georadiusbymember", "zunionstore", "zdiff"]
    let specs = CommandTable.shared.all.filter { $0.keys != .none }
    var compared = 0
    for _ in 0..<10_000 {
      guard let spec = specs.randomElement(using: &generator), let other = special.randomElement(using: &generator)
      else { return }
      let name = Bool.random(using: &generator) ? other : String(decoding: spec.name, as: UTF8.self)
      let arguments =
        name.split(separator: "|").map(String.init)
        + (0..<Int.random(in: 0..<10, using: &generator)).map { _ in
          Self.oddWords.randomElement(using: &generator) ?? ""
        }
      try connection.send(["COMMAND", "GETKEYS"] + arguments)
      let reply = try connection.receive()
      guard !reply.isError else { continue }
      var missing = (reply.children ?? []).compactMap(\.text)
      withRequest(arguments) { request in
        guard let spec = CommandTable.shared.find(request) else { return }
        KeyPositions.find(spec, request, into: &list)
        for place in 0..<list.count {
          let key = String(decoding: request[list[place]], as: UTF8.self)
          if let index = missing.firstIndex(of: key) { missing.remove(at: index) }
        }
      }
      #expect(missing.isEmpty, "\(arguments)")
      compared += 1
    }
    #expect(compared > 1000)
  }

  @Test func saysWhatTheServerSays() async throws {
    let connection = try await Self.connection()
    let long = String(repeating: "x", count: 200)
    let requests = [
      ["foo"], ["foo", "a", "b"], ["foo", long, "b"], ["foo", "a\nb\r", "", "a\u{0}b"], ["f\r\no"], [long],
      ["foo\u{0}x"],
      ["foo"] + (0..<100).map { "\($0)" }, ["object", "foo", "bar"], ["Config", "x\n\(long)"], ["cluster", "foo"],
      ["get"], ["GET", "a", "b"], ["client"], ["xgroup", "create"], ["Object", "Encoding"], ["", "a"],
    ]
    for arguments in requests {
      try connection.send(arguments)
      let reply = try connection.receive()
      let own = withRequest(arguments) { request in
        written { queue in
          if let spec = CommandTable.shared.find(request) {
            #expect(!spec.pointee.accepts(argumentCount: request.count))
            CommandErrors.appendWrongArity(spec, to: &queue)
          } else {
            CommandErrors.appendUnknown(request, to: &queue)
          }
        }
      }
      #expect(own == String(decoding: reply.encoded, as: UTF8.self), "\(arguments)")
    }
  }
}
