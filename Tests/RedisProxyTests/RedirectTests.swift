import Testing

@testable import RedisProxy

struct RedirectTests {
  private let node = NodeEndpoint(host: "10.0.0.1", port: 7000)

  private func redirect(_ text: String) -> Redirect? {
    Array(text.utf8).withUnsafeBytes { Redirect($0, from: node) }
  }

  @Test func redirectsAreRead() {
    #expect(redirect("-MOVED 3999 127.0.0.1:6381\r\n") == .moved(NodeEndpoint(host: "127.0.0.1", port: 6381)))
    #expect(redirect("-ASK 3999 ::1:6381\r\n") == .ask(NodeEndpoint(host: "::1", port: 6381)))
    #expect(redirect("-MOVED 3999 :6381\r\n") == .moved(NodeEndpoint(host: "10.0.0.1", port: 6381)))
    #expect(redirect("-TRYAGAIN Multiple keys request during rehashing of slot\r\n") == .later)
    #expect(redirect("-CLUSTERDOWN The cluster is down\r\n") == .later)
    #expect(redirect("-LOADING Redis is loading the dataset in memory\r\n") == .later)
  }

  @Test(arguments: [
    "-ERR MOVED\r\n", "-MOVED 3999\r\n", "-MOVED 3999 nowhere\r\n", "-MOVED 1 h:99999\r\n", "+MOVED 1 h:1\r\n",
    "-MOVEDX 1 h:1\r\n", "-WRONGTYPE x\r\n", "-\r\n", "",
  ])
  func otherRepliesAreNone(_ text: String) {
    #expect(redirect(text) == nil)
  }
}
