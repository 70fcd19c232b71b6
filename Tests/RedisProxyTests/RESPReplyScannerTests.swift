import Testing

@testable import RedisProxy

struct RESPReplyScannerTests {
  struct Run: Equatable {
    /// The replies, and whether each is a push.
    var replies: [String] = []
    var pushes: [Bool] = []
    var hasFailed = false
    var rest = 0
  }

  static func run(_ pieces: [ArraySlice<UInt8>]) -> Run {
    var scanner = ReplyScanner()
    var queue = ByteQueue()
    var run = Run()
    for piece in pieces {
      piece.withUnsafeBytes { queue.append($0) }
      reading: while true {
        switch scanner.scan(queue.readable) {
        case .incomplete: break reading
        case .failure:
          run.hasFailed = true
          return run
        case .reply(let byteCount):
          run.replies.append(
            String(decoding: UnsafeRawBufferPointer(rebasing: queue.readable[..<byteCount]), as: UTF8.self))
          run.pushes.append(scanner.isPush)
          queue.consume(byteCount)
        }
      }
    }
    run.rest = queue.count
    return run
  }

  static let replies = [
    "+OK\r\n", "-ERR no\r\n", ":-12\r\n", "$0\r\n\r\n", "$5\r\na\r\nbc\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n",
    "*2\r\n$1\r\na\r\n*3\r\n:1\r\n$-1\r\n*0\r\n", "_\r\n", "#t\r\n", ",inf\r\n", ",-1.5\r\n",
    "(3492890328409238509324850943850943825024385\r\n", "=7\r\ntxt:a\r\n\r\n", "!5\r\nERR x\r\n",
    "%2\r\n+a\r\n:1\r\n$1\r\nb\r\n~2\r\n:1\r\n:2\r\n", "%0\r\n", "~0\r\n",
    "|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n", "*2\r\n|1\r\n+k\r\n*1\r\n:1\r\n:5\r\n:6\r\n",
    ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n", String(repeating: "*1\r\n", count: 500) + ":1\r\n",
  ]

  @Test func findsEveryEndAtEverySplitPoint() {
    for reply in Self.replies {
      let bytes = Array((reply + "+NEXT\r\n").utf8)
      let expected = Run(replies: [reply, "+NEXT\r\n"], pushes: [reply.hasPrefix(">"), false])
      for split in 0...bytes.count {
        #expect(Self.run([bytes[..<split], bytes[split...]]) == expected, "\(reply.debugDescription) at \(split)")
      }
      #expect(Self.run(bytes.indices.map { bytes[$0...$0] }) == expected, "\(reply.debugDescription) by bytes")
    }
  }

  @Test(arguments: [
    "$?\r\n", "*?\r\n", "%?\r\n", "~?\r\n", "hello\r\n", "$-2\r\n", "*-2\r\n", "%-1\r\n", "=-1\r\n", "$1x\r\n",
    "*99999999999999999999\r\n", "*4294967296\r\n", "$99999999999\r\n", "$3\r\nabcde", "$01\r\na\r\n", "\r\n",
    "*1\r\n>1\r\n:1\r\n", ".\r\n", ";4\r\nabcd\r\n",
  ])
  func refusesWhatRedisDoesNotSend(reply: String) {
    #expect(Self.run([Array(reply.utf8)[...]]).hasFailed)
  }

  @Test func waitsForAnnouncedElementsWithoutMemory() {
    #expect(Self.run([Array("*2147483647\r\n*2147483647\r\n:1\r\n".utf8)[...]]) == Run(rest: 30))
  }
}
