import Core
import Foundation
import Glibc
import Redis
import RedisNamespaces
import TestServers
import Testing

/// A server that is no Redis, or a broken one: each way of not answering ends in a problem that says so.
struct RedisHostileServerTests {
  enum Behaviour: String, CaseIterable, CustomTestStringConvertible {
    case silent, hangsUp, hangsUpInAReply, garbage, endlessLine, endlessArray, fastForever, oneByteAtATime
    case hugeString, hugeArray, nestedArrays, negativeLength, loading, down

    var testDescription: String { rawValue }

    var code: String {
      switch self {
      case .silent, .oneByteAtATime, .fastForever: "redis-timeout"
      case .hangsUp, .hangsUpInAReply: "redis-unreachable"
      case .garbage, .endlessLine, .negativeLength: "redis-protocol"
      case .endlessArray, .hugeString, .hugeArray, .nestedArrays: "redis-reply-too-large"
      case .loading: "redis-busy"
      case .down: "redis-cluster-down"
      }
    }

    /// What it sends at once, and then again and again.
    var sends: (first: String, forever: String) {
      let kilobyte = "$1024\r\n\(String(repeating: "x", count: 1024))\r\n"
      return switch self {
      case .silent: ("", "")
      case .hangsUp: ("", "")
      case .hangsUpInAReply: ("$100\r\nabc", "")
      case .garbage: ("HTTP/1.1 400 Bad Request\r\n\r\n", "")
      case .endlessLine: ("+", String(repeating: "x", count: 4096))
      case .endlessArray, .fastForever: ("*1000000\r\n", kilobyte)
      case .oneByteAtATime: ("$1000\r\n", "x")
      case .hugeString: ("$1073741824\r\n", "")
      case .hugeArray: ("*2000000000\r\n", "")
      case .nestedArrays: (String(repeating: "*400000\r\n", count: 4), "")
      case .negativeLength: ("*-7\r\n", "")
      case .loading: ("-LOADING Redis is loading the dataset in memory\r\n", "")
      case .down: ("-CLUSTERDOWN The cluster is down\r\n", "")
      }
    }
  }

  @Test(arguments: Behaviour.allCases)
  func everyWayNotToAnswerIsAProblem(behaviour: Behaviour) async throws {
    let server = try FakeServer { socket in
      let (first, forever) = behaviour.sends
      guard behaviour != .hangsUp, socket.receive(), socket.send(first), behaviour != .hangsUpInAReply else { return }
      while !forever.isEmpty, socket.send(forever) {
        if behaviour == .oneByteAtATime { usleep(50_000) }
      }
      while socket.receive() {}
    }
    defer { server.stop() }
    var limits = RedisLimits()
    limits.connect = .milliseconds(300)
    limits.command = behaviour == .fastForever ? .milliseconds(300) : .seconds(2)
    limits.replySize = behaviour == .fastForever ? ByteCount(1 << 40) : ByteCount(1 << 20)
    let cluster = RedisCluster(
      seeds: [server.endpoint], credentials: RedisCredentials(username: nil, password: .random()), limits: limits)
    await expectProblem(behaviour.code) { try await cluster.topology() }
  }

  /// The bounds are no narrower than what is sent.
  @Test(.enabled(if: RedisClusterServer.skipReason == nil, "redis-server is not installed"))
  func aLargeReplyIsReadWhole() async throws {
    let server = try await RedisClusterServer.shared()
    let client = try await server.connection(to: 0)
    let large = try await client.command(["EVAL", "return string.rep('x', 20 * 1024 * 1024)", "0"])
    #expect(large.bytes?.count == 20 << 20)
    let many = try await client.command([
      "EVAL", "local t = {} for i = 1, 7000 do t[i] = ARGV[1] end return t", "0", "word",
    ])
    #expect(many.array?.count == 7000)
  }

  @Test(.enabled(if: RedisClusterServer.skipReason == nil, "redis-server is not installed"))
  func aWorkingSeedIsFoundAmongBrokenOnes() async throws {
    let working = try await RedisClusterServer.shared()
    let silent = try FakeServer { socket in while socket.receive() {} }
    defer { silent.stop() }
    var limits = RedisLimits()
    limits.connect = .milliseconds(300)
    limits.command = .seconds(2)
    let nobody = RedisEndpoint(host: "127.0.0.1", port: Ports.free())
    let cluster = RedisCluster(
      seeds: [nobody, silent.endpoint] + working.seeds, credentials: working.credentials, limits: limits)
    #expect(try await cluster.topology().nodes.map(\.endpoint) == working.seeds)
  }
}

/// A TCP listener on loopback that treats every client alike.
private final class FakeServer: Sendable {
  let endpoint: RedisEndpoint
  private let listener: Socket

  struct Socket: Sendable {
    let descriptor: Int32

    /// Waits for something to arrive; false when the client has gone.
    func receive() -> Bool {
      var buffer: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
      return recv(descriptor, &buffer, MemoryLayout.size(ofValue: buffer), 0) > 0
    }

    func send(_ text: String) -> Bool {
      Array(text.utf8).withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } >= 0
    }
  }

  /// - Parameter serve: called for each client on a thread of its own; the connection is closed when it returns.
  init(_ serve: @escaping @Sendable (Socket) -> Void) throws {
    let listener = Socket(
      descriptor: socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
    let port = Ports.free()
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, listen(listener.descriptor, 16) == 0 else {
      throw Problem("no-listener", .failed, "cannot listen on port \(port)")
    }
    endpoint = RedisEndpoint(host: "127.0.0.1", port: port)
    self.listener = listener
    Self.onThread {
      while true {
        let client = Socket(descriptor: accept(listener.descriptor, nil, nil))
        if client.descriptor < 0 { return }
        Self.onThread {
          serve(client)
          close(client.descriptor)
        }
      }
    }
  }

  /// Ends the listener; clients are served to their end.
  func stop() {
    shutdown(listener.descriptor, Int32(SHUT_RDWR))
    close(listener.descriptor)
  }

  /// Blocking calls must not run on Swift's own threads.
  private static func onThread(_ body: @escaping @Sendable () -> Void) { Thread.detachNewThread(body) }
}
