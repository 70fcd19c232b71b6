import Testing

@testable import RedisProxy

struct RESPRequestParserTests {
  /// What a parser made of some input.
  enum Event: Equatable {
    case nothing
    case request([[UInt8]])
    case failure(ProtocolFailure.Kind, found: UInt8)
  }

  struct Run: Equatable {
    var events: [Event] = []
    var rest = 0
  }

  /// Gives a parser the input in pieces, as a connection would: each time with what is unfinished in front.
  static func run(_ pieces: [ArraySlice<UInt8>], isAuthenticated: Bool = true, limits: RequestLimits = .init()) -> Run {
    var parser = RequestParser(limits: limits)
    parser.isAuthenticated = isAuthenticated
    var queue = ByteQueue()
    var run = Run()
    for piece in pieces {
      piece.withUnsafeBytes { queue.append($0) }
      reading: while true {
        switch parser.parse(queue.readable) {
        case .incomplete: break reading
        case .nothing(let byteCount):
          run.events.append(.nothing)
          queue.consume(byteCount)
        case .request(let request):
          run.events.append(.request((0..<request.count).map { Array(request[$0]) }))
          queue.consume(request.byteCount)
        case .failure(let failure):
          run.events.append(.failure(failure.kind, found: failure.found))
          return run
        }
      }
    }
    run.rest = queue.count
    return run
  }

  static func words(_ words: String...) -> Event { .request(words.map { Array($0.utf8) }) }

  /// Each with what Redis 7.0.15 was seen to do.
  static let inputs: [(String, [Event])] = [
    ("*1\r\n$4\r\nPING\r\n", [words("PING")]),
    ("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n", [words("SET", "k", ""), words("PING")]),
    ("*2\r\n$4\r\nECHO\r\n$11\r\nab\r\n$3\r\nxyz\r\n", [words("ECHO", "ab\r\n$3\r\nxyz")]),
    // Any two bytes end a line.
    ("*1\rX$4\rXPING??PING\r\n", [words("PING"), words("PING")]),
    ("*0\r\n*-5\r\nPING\r\n", [.nothing, .nothing, words("PING")]),
    ("*2\r\nx\r\nfoo", [.failure(.expectedBulk, found: UInt8(ascii: "x"))]),
    ("*2\r\n\r\nfoo", [.failure(.expectedBulk, found: UInt8(ascii: "\r"))]),
    ("*2\r\n\n\r\nfoo", [.failure(.expectedBulk, found: UInt8(ascii: "\n"))]),
    ("*2147483648\r\n", [.failure(.invalidMultibulkLength, found: 0)]),
    ("*99999999999999999999999\r\n", [.failure(.invalidMultibulkLength, found: 0)]),
    ("*01\r\n", [.failure(.invalidMultibulkLength, found: 0)]),
    ("*\r\n", [.failure(.invalidMultibulkLength, found: 0)]),
    ("*+1\r\n", [.failure(.invalidMultibulkLength, found: 0)]),
    ("*1 \r\n", [.failure(.invalidMultibulkLength, found: 0)]),
    ("*1\r\n$-1\r\n", [.failure(.invalidBulkLength, found: 0)]),
    ("*1\r\n$536869889\r\n", [.failure(.invalidBulkLength, found: 0)]),
    ("*1\r\n$4 \r\n", [.failure(.invalidBulkLength, found: 0)]),
    ("   \r\nPING\r\n\r\n\nping\n", [.nothing, words("PING"), .nothing, .nothing, words("ping")]),
    ("echo \"a\\x41\\n\\\"\" \r\n", [words("echo", "aA\n\"")]),
    ("echo 'a\\x41\\'b'\r\n", [words("echo", "a\\x41'b")]),
    ("set\ta\u{b}b \"\" x\"y z\" \\n \"\\q\\xzz\"\r\n", [words("set", "a\u{b}b", "", "xy z", "\\n", "qxzz")]),
    ("echo a\rb\r\r\n", [words("echo", "a", "b")]),
    ("set a \"b\r\n", [.failure(.unbalancedQuotes, found: 0)]),
    ("set a 'b\r\n", [.failure(.unbalancedQuotes, found: 0)]),
    ("echo \"a\"b\r\n", [.failure(.unbalancedQuotes, found: 0)]),
    ("echo \"a\\\r\n", [.failure(.unbalancedQuotes, found: 0)]),
    // Redis does not look beyond a zero byte.
    ("PI\u{0}NG\r\nPING\r\n", []), ("*1\u{0}\r\n$4\r\nPING\r\n", []), ("*1\r\n\u{0}4\r\nPING\r\n", []),
  ]

  @Test func readsAsRedisDoes() {
    for (input, events) in Self.inputs {
      #expect(Self.run([Array(input.utf8)[...]]).events == events, "\(input.debugDescription)")
    }
  }

  @Test func readsTheSameAtEverySplitPoint() {
    for (input, events) in Self.inputs {
      let bytes = Array(input.utf8)
      for split in 0...bytes.count {
        #expect(Self.run([bytes[..<split], bytes[split...]]).events == events, "\(input.debugDescription) at \(split)")
      }
      #expect(Self.run(bytes.indices.map { bytes[$0...$0] }).events == events, "\(input.debugDescription) by bytes")
    }
  }

  @Test func endsLinesThatNeverEnd() {
    let lines: [(UInt8, ProtocolFailure.Kind)] = [
      (UInt8(ascii: "x"), .tooBigInlineRequest), (UInt8(ascii: "*"), .tooBigCountString),
    ]
    for (byte, kind) in lines {
      #expect(Self.run([[UInt8](repeating: byte, count: 65_536)[...]]) == Run(rest: 65_536))
      #expect(Self.run([[UInt8](repeating: byte, count: 65_537)[...]]).events == [.failure(kind, found: 0)])
    }
    let bulk = Array("*1\r\n".utf8) + [UInt8](repeating: UInt8(ascii: "1"), count: 65_537)
    #expect(Self.run([bulk[...]]).events == [.failure(.tooBigBulkCountString, found: 0)])
  }

  @Test func boundsClientsThatHaveNotLoggedIn() {
    #expect(
      Self.run([Array("*11\r\n".utf8)[...]], isAuthenticated: false).events
        == [.failure(.unauthenticatedMultibulkLength, found: 0)])
    #expect(Self.run([Array("*10\r\n".utf8)[...]], isAuthenticated: false).events == [])
    #expect(
      Self.run([Array("*1\r\n$16385\r\n".utf8)[...]], isAuthenticated: false).events
        == [.failure(.unauthenticatedBulkLength, found: 0)])
    #expect(Self.run([Array("*1\r\n$16384\r\n".utf8)[...]], isAuthenticated: false).events == [])
  }

  @Test func boundsWholeRequests() {
    var limits = RequestLimits()
    limits.arguments = 3
    limits.requestBytes = 30
    #expect(
      Self.run([Array("*4\r\n".utf8)[...]], limits: limits).events == [.failure(.invalidMultibulkLength, found: 0)])
    let fitting = "*1\r\n$19\r\n1234567890123456789\r\n"
    #expect(Self.run([Array(fitting.utf8)[...]], limits: limits).events == [Self.words("1234567890123456789")])
    #expect(
      Self.run([Array("*2\r\n$9\r\n123456789\r\n$9\r\n".utf8)[...]], limits: limits).events
        == [.failure(.tooBigRequest, found: 0)])
  }

  @Test func takesNoMemoryForArgumentsThatOnlyAreAnnounced() {
    // A count alone must not make room for a million of arguments: this would take a terabyte.
    let events = (0..<200_000).map { _ in
      var parser = RequestParser(limits: RequestLimits())
      parser.isAuthenticated = true
      return Array("*1048576\r\n".utf8).withUnsafeBytes { bytes in
        if case .incomplete = parser.parse(bytes) { true } else { false }
      }
    }
    #expect(events.allSatisfy { $0 })
  }

  @Test func tellsHowMuchIsMissing() {
    var parser = RequestParser(limits: RequestLimits())
    parser.isAuthenticated = true
    Array("*1\r\n$1000\r\nabc".utf8).withUnsafeBytes { bytes in
      guard case .incomplete = parser.parse(bytes) else {
        Issue.record("a request that is not there was read")
        return
      }
    }
    #expect(parser.missingByteCount == 999)
  }

  @Test func readsManyArgumentsAndForgetsThem() {
    let count = 100_000
    let request = Array(
      ("*\(count)\r\n" + String(repeating: "$1\r\nx\r\n", count: count) + "*1\r\n$4\r\nPING\r\n").utf8)
    let run = Self.run([request[..<350_000], request[350_000...]])
    guard run.events.count == 2, case .request(let arguments) = run.events[0] else {
      Issue.record("\(run.events.count) events")
      return
    }
    #expect(arguments == Array(repeating: [UInt8(ascii: "x")], count: count))
    #expect(run.events[1] == Self.words("PING"))
  }

  @Test func tellsWhatMustBeWrittenAnew() {
    let inputs = ["*1\r\n$4\r\nPING\r\n": false, "*1\r\r$4\r\nPING\r\n": true, "*1\r\n$4\rxPING\r\n": true]
    for (input, isInline) in inputs.merging(["*1\r\n$4\r\nPINGxx": true, "PING\r\n": true], uniquingKeysWith: { $1 }) {
      var parser = RequestParser(limits: RequestLimits())
      Array(input.utf8).withUnsafeBytes { bytes in
        guard case .request(let request) = parser.parse(bytes) else {
          Issue.record("\(input.debugDescription)")
          return
        }
        #expect(request.isInline == isInline, "\(input.debugDescription)")
      }
    }
  }

  @Test(arguments: [
    (ProtocolFailure(kind: .expectedBulk, found: UInt8(ascii: "x")), "-ERR Protocol error: expected '$', got 'x'\r\n"),
    (ProtocolFailure(kind: .expectedBulk, found: 10), "-ERR Protocol error: expected '$', got ' '\r\n"),
    (ProtocolFailure(kind: .tooBigCountString), "-ERR Protocol error: too big mbulk count string\r\n"),
  ])
  func namesFailures(failure: ProtocolFailure, text: String) {
    var queue = ByteQueue()
    failure.append(to: &queue)
    #expect(String(decoding: queue.readable, as: UTF8.self) == text)
  }
}
