import Testing

@testable import RedisProxy

struct RESPReplyCursorTests {
  /// What is one reply to the scanner is one to the cursor. The last ones were found by fuzzing.
  @Test(arguments: RESPReplyScannerTests.replies + ["_0\r1\r\n", "*2\r\n:1\r\n$-1\r\n", "*2\r\n+a\rb\r\n:1\r\n"])
  func goesOverAWholeReply(reply: String) {
    let bytes = Array(reply.utf8)
    #expect(RESPReplyScannerTests.run([bytes[...]]).replies == [reply])
    bytes.withUnsafeBytes { bytes in
      var cursor = ReplyCursor(bytes)
      let isWhole = cursor.skip()
      #expect(isWhole && cursor.position == bytes.count)
    }
  }
}
