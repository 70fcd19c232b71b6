import Testing

@testable import RedisProxy

struct CommandsRewritingTests {
  /// The request as it goes to the server, with `p:` in front of the keys.
  static func rewritten(bytes: [UInt8]) -> String? {
    withRequest(bytes: bytes) { request in
      guard let spec = CommandTable.shared.find(request) else { return "unknown" }
      var list = IndexList()
      KeyPositions.find(spec, request, into: &list)
      return "p:".withRawBytes { prefix in
        written { RequestWriter.append(request, keys: list, prefix: prefix, to: &$0) }
      }
    }
  }

  static func rewritten(_ request: String) -> String? {
    let arguments = request.split(separator: " ").map(String.init)
    var bytes = Array("*\(arguments.count)\r\n".utf8)
    for argument in arguments { bytes += Array("$\(argument.utf8.count)\r\n\(argument)\r\n".utf8) }
    guard let written = rewritten(bytes: bytes) else { return nil }
    // Read again, so that its framing is checked as well.
    return withRequest(bytes: Array(written.utf8)) { request in
      #expect(request.byteCount == written.utf8.count)
      #expect(!request.isInline)
      return (0..<request.count).map { String(decoding: request[$0], as: UTF8.self) }.joined(separator: " ")
    }
  }

  @Test(arguments: [
    ("get a", "get p:a"), ("mset a 1 b 2", "mset p:a 1 p:b 2"), ("echo a", "echo a"),
    ("blpop a b c 0", "blpop p:a p:b p:c 0"), ("bitop and d a b", "bitop and p:d p:a p:b"),
    ("object encoding a", "object encoding p:a"), ("pfmerge a", "pfmerge p:a"),
    ("eval s 1 a b", "eval s 1 p:a b"), ("zunionstore d 2 a b weights 1 2", "zunionstore p:d 2 p:a p:b weights 1 2"),
    // What the server will refuse, its keys all the same. A count that is too big or no number makes everything a key.
    ("eval s 3 a b", "eval s 3 p:a p:b"), ("zunion x a b", "zunion x p:a p:b"), ("zunion 01 a", "zunion 01 p:a"),
    ("zunion -1 a", "zunion -1 p:a"),
    ("zunionstore d 9223372036854775807 a", "zunionstore p:d 9223372036854775807 p:a"),
    ("lmpop 18446744073709551617 a left", "lmpop 18446744073709551617 p:a p:left"),
    ("xread streams a b 0 0", "xread streams p:a p:b 0 0"),
    ("xread count streams streams a 0", "xread count p:streams p:streams p:a p:0"),
    ("xread streams a b 0", "xread streams p:a p:b p:0"), ("xread foo streams a 0", "xread p:foo p:streams p:a p:0"),
    ("xread noack streams a 0", "xread p:noack p:streams p:a p:0"),
    ("xreadgroup group g c streams a >", "xreadgroup group g c streams p:a >"),
    ("xreadgroup noack count 1 streams a b > >", "xreadgroup noack count 1 streams p:a p:b p:> p:>"),
    ("xread stre\u{0}ams a 0", "xread p:stre\u{0}ams p:a p:0"),
    ("xread streams\u{0}x a 0", "xread streams\u{0}x p:a 0"),
    ("georadius a 1 2 3 m store b storedist c", "georadius p:a 1 2 3 m store p:b storedist p:c"),
    ("georadius a 1 2 3 m STORE\u{0}x b", "georadius p:a 1 2 3 m STORE\u{0}x p:b"),
    ("georadius a 1 2 3 m foo b", "georadius p:a 1 2 3 m p:foo p:b"),
    ("georadius a 1 2 3 m store", "georadius p:a 1 2 3 m p:store"),
    ("georadius a 1 2 3 m count store store b", "georadius p:a 1 2 3 m count p:store p:store p:b"),
    ("sort a by nosort get # get w_*->f get x store d", "sort p:a by nosort get # get p:w_*->f get x store p:d"),
    ("sort a by w_* limit store get desc", "sort p:a by p:w_* limit store get desc"),
    ("sort a by x\u{0}* get", "sort p:a by x\u{0}* p:get"), ("sort a store d store e", "sort p:a store p:d store p:e"),
    ("sort a foo b*", "sort p:a p:foo p:b*"), ("copy a b db 3", "copy p:a p:b db 3"),
  ])
  func putsThePrefixInFrontOfKeys(request: String, expected: String) {
    #expect(Self.rewritten(request) == expected)
  }

  @Test func writesAnewWhatIsFramedOddly() {
    let expected = "*2\r\n$3\r\nget\r\n$5\r\np:a b\r\n"
    #expect(Self.rewritten(bytes: Array("get 'a b'\r\n".utf8)) == expected)
    #expect(Self.rewritten(bytes: Array("*2\r*$3\r:getxx$3\r+a b--".utf8)) == expected)
  }

  @Test func copiesEveryByteBetweenKeys() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let values = (0..<2 * Int.random(in: 1..<20, using: &generator)).map { _ in
        (0..<Int.random(in: 0..<130)).map { _ in UInt8.random(in: 0...255) }
      }
      let words = [Array("mset".utf8)] + values
      let prefixed = words.enumerated().map { $0 % 2 == 1 ? Array("p:".utf8) + $1 : $1 }
      let wire = Self.encoded(words)
      let result: [UInt8]? = withRequest(bytes: wire) { request in
        var list = IndexList()
        guard let spec = CommandTable.shared.find(request) else { return [] }
        KeyPositions.find(spec, request, into: &list)
        var queue = ByteQueue()
        "p:".withRawBytes { RequestWriter.append(request, keys: list, prefix: $0, to: &queue) }
        return Array(queue.readable)
      }
      #expect(result == Self.encoded(prefixed))
    }
  }

  private static func encoded(_ arguments: [[UInt8]]) -> [UInt8] {
    Array("*\(arguments.count)\r\n".utf8)
      + arguments.flatMap { Array("$\($0.count)\r\n".utf8) + $0 + [13, 10] }
  }

  @Test func writesSharesOfASplitCommand() {
    let share = withRequest(["MSET", "a", "1", "b", "2", "c", "3"]) { request in
      var places = IndexList()
      places.append(1)
      places.append(5)
      return "p:".withRawBytes { prefix in
        written { RequestWriter.append(request, share: places, step: 2, prefix: prefix, to: &$0) }
      }
    }
    #expect(share == "*5\r\n$4\r\nMSET\r\n$3\r\np:a\r\n$1\r\n1\r\n$3\r\np:c\r\n$1\r\n3\r\n")
  }

  @Test(arguments: [
    ("xread streams a 0", false), ("xread block 0 streams a 0", true), ("xread count block streams a 0", false),
    ("xread BLOCK 0 foo streams a 0", false), ("xreadgroup group block c streams a >", false),
    ("xreadgroup group g c noack block 5 streams a >", true), ("blpop a 0", true), ("blmpop 0 1 a left", true),
  ])
  func knowsWhatWaits(request: String, waits: Bool) throws {
    let result = withRequest(request.split(separator: " ").map(String.init)) { request in
      CommandTable.shared.find(request).map { BlockingCommand.waits($0, request) }
    }
    #expect(result == waits)
  }

  @Test(
    arguments: [
      ("copy a b", .current), ("copy a b replace", .current), ("copy a b db 3 replace", .number(3)),
      ("copy a b DB 1 db 2", .number(2)), ("copy a b db", .invalid), ("copy a b foo", .invalid),
      ("copy a b db x", .noNumber), ("copy a b db -1", .number(-1)), ("copy a b db 99999999999", .tooLarge),
    ] as [(String, DatabaseCommands.Database)])
  func readsTheDatabaseOfACopy(request: String, database: DatabaseCommands.Database) {
    #expect(
      withRequest(request.split(separator: " ").map(String.init)) { DatabaseCommands.database(ofCopy: $0) } == database)
  }

  @Test func writesCopiesAndMovesBetweenDatabases() {
    let copy = withRequest(["copy", "a", "b", "db", "3", "REPLACE"]) { request in
      "p:".withRawBytes { source in
        "q:".withRawBytes { destination in
          written { DatabaseCommands.appendCopy(request, source: source, destination: destination, to: &$0) }
            + written { DatabaseCommands.appendMove(request, source: source, destination: destination, to: &$0) }
        }
      }
    }
    #expect(
      copy == "*4\r\n$4\r\nCOPY\r\n$3\r\np:a\r\n$3\r\nq:b\r\n$7\r\nREPLACE\r\n"
        + "*3\r\n$8\r\nRENAMENX\r\n$3\r\np:a\r\n$3\r\nq:a\r\n")
  }
}
