import Testing

@testable import RedisProxy

struct CommandsReplyTests {
  static func translated(_ reply: String, _ translation: ReplyTranslation) -> String {
    reply.withRawBytes { reply in
      "ns:".withRawBytes { prefix in
        written { ReplyTranslator.translate(reply, translation, prefix: prefix, into: &$0) }
      }
    }
  }

  @Test(
    arguments: [
      ("*2\r\n$4\r\nns:a\r\n$3\r\nns:\r\n", .keys, "*2\r\n$1\r\na\r\n$0\r\n\r\n"),
      ("*0\r\n", .keys, "*0\r\n"), ("$4\r\nns:a\r\n", .keys, "$1\r\na\r\n"), ("$-1\r\n", .keys, "$-1\r\n"),
      ("_\r\n", .keys, "_\r\n"), ("$2\r\nns\r\n", .keys, "$2\r\nns\r\n"),
      ("*2\r\n$4\r\nns:a\r\n$4\r\nns:b\r\n", .firstElement, "*2\r\n$1\r\na\r\n$4\r\nns:b\r\n"),
      ("*2\r\n$4\r\nns:a\r\n*1\r\n$4\r\nns:b\r\n", .firstElement, "*2\r\n$1\r\na\r\n*1\r\n$4\r\nns:b\r\n"),
      ("*3\r\n$4\r\nns:a\r\n$1\r\nm\r\n,1.5\r\n", .firstElement, "*3\r\n$1\r\na\r\n$1\r\nm\r\n,1.5\r\n"),
      ("*-1\r\n", .firstElement, "*-1\r\n"), ("_\r\n", .firstElement, "_\r\n"),
      (
        "*2\r\n*2\r\n$4\r\nns:a\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$4\r\nns:x\r\n$1\r\ny\r\n*2\r\n$4\r\nns:b\r\n*0\r\n",
        .streams,
        "*2\r\n*2\r\n$1\r\na\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$4\r\nns:x\r\n$1\r\ny\r\n*2\r\n$1\r\nb\r\n*0\r\n"
      ),
      (
        "%2\r\n$4\r\nns:a\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*0\r\n$4\r\nns:b\r\n*0\r\n", .streams,
        "%2\r\n$1\r\na\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*0\r\n$1\r\nb\r\n*0\r\n"
      ),
      ("*-1\r\n", .streams, "*-1\r\n"), ("_\r\n", .streams, "_\r\n"),
      ("-NOGROUP No such key 'ns:a' or group 'ns:b'\r\n", .errors, "-NOGROUP No such key 'a' or group 'b'\r\n"),
      ("-ERR ns\r\n", .streams, "-ERR ns\r\n"), (":1\r\n", .errors, ":1\r\n"), ("+QUEUED\r\n", .streams, "+QUEUED\r\n"),
      ("$4\r\nns:a\r\n", .errors, "$4\r\nns:a\r\n"),
    ] as [(String, ReplyTranslation, String)])
  func takesThePrefixOff(reply: String, translation: ReplyTranslation, expected: String) {
    #expect(Self.translated(reply, translation) == expected)
  }

  /// Whatever a broken server sends, nothing is read beyond its end.
  @Test func survivesWhatIsCutOff() {
    let reply =
      "*2\r\n*2\r\n$4\r\nns:a\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$4\r\nns:x\r\n$1\r\ny\r\n*2\r\n$4\r\nns:b\r\n*0\r\n"
    for count in 0..<reply.utf8.count {
      let part = String(reply.prefix(count))
      for translation in [ReplyTranslation.keys, .firstElement, .streams, .errors] {
        #expect(Self.translated(part, translation).utf8.count <= part.utf8.count)
      }
    }
  }
}
