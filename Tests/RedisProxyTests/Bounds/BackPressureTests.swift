import Core
import Glibc
import TestServers
import Testing

/// Clients that do not read what they asked for, and nodes that do not answer.
extension BoundsTests {
  @Test func whoDoesNotReadIsNotReadFrom() async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let (reader, writer) = (try bench.login(), try bench.login())
      // Long, so that the requests do not fit into the kernel's buffers.
      let key = String(repeating: "k", count: 256)
      _ = try writer.command("SET", key, String(repeating: "x", count: 1024))
      let before = bench.memory("VmRSS")
      let request = RawConnection.encoded([Array("GET".utf8), Array(key.utf8)])
      let count = 100_000
      // As much as the proxy and the kernel take; the rest goes when they are read from.
      var rest = Array(repeating: request, count: count).flatMap { $0 }[...]
      var waits = 0
      while waits < 10, !rest.isEmpty {
        if let sent = try reader.sendNow(rest) {
          rest = rest.dropFirst(sent)
          waits = 0
        } else {
          usleep(100_000)
          waits += 1
        }
      }
      #expect(!rest.isEmpty)
      #expect(bench.memory("VmRSS") - before < 32 << 20)
      #expect(try writer.command("PING").text == "PONG")
      var received = 0
      while received < count {
        if let sent = try reader.sendNow(rest) { rest = rest.dropFirst(sent) }
        repeat {
          guard try reader.receive().bytes?.count == 1024 else {
            throw Problem("wrong", .failed, "reply \(received) is another")
          }
          received += 1
        } while received < count && reader.isReadable()
      }
    }
  }

  @Test func whoLetsLargeRepliesWaitIsEnded() async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let (reader, writer) = (try bench.login(), try bench.login())
      _ = try writer.command("SETRANGE", "large", "900000", "x")
      let before = bench.memory("VmRSS")
      for _ in 0..<Bench.mostRequests { try reader.send(["GET", "large"]) }
      try bench.settle()
      // Half of what the replies are together.
      #expect(bench.memory("VmRSS") - before < 45 << 20)
      try bench.expectEnd(of: reader)
      #expect(try writer.command("PING").text == "PONG")
    }
  }

  @Test func aReplyPutTogetherFromManyIsBounded() async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let connection = try bench.login(to: bench.spread)
      let keys = (0..<20).map { "key\($0)" }
      for key in keys { _ = try connection.command("SETRANGE", key, "900000", "x") }
      try connection.send(["MGET"] + keys.prefix(3))
      #expect(try connection.receive().children?.count == 3)
      try connection.send(["MGET"] + keys)
      try bench.expectEnd(of: connection)
    }
  }

  @Test func aSubscriberThatDoesNotReadIsEnded() async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let (subscriber, speaker) = (try bench.login(), try bench.login())
      _ = try subscriber.command("SUBSCRIBE", "news")
      let message = String(repeating: "x", count: 1 << 16)
      var receivers = 1
      for _ in 0..<1000 where receivers == 1 {
        receivers = try speaker.command("PUBLISH", "news", message).integer ?? -1
      }
      #expect(receivers == 0)
    }
  }

  @Test func requestsForANodeThatStandsStillAreBounded() async throws {
    let bench = try await Bench.shared.value
    let node = try await bench.nodeProcess()
    for password in [bench.password, bench.spread] {
      try await onThread { () throws(Problem) in
        let connections = try (0..<10).map { _ throws(Problem) in try bench.login(to: password) }
        let request = RawConnection.encoded(
          ["SET", "key", String(repeating: "x", count: 1 << 16)].map { Array($0.utf8) })
        let before = bench.memory("VmRSS")
        kill(node, SIGSTOP)
        defer { kill(node, SIGCONT) }
        for _ in 0..<Bench.mostRequests / 2 {
          for connection in connections { _ = try connection.sendNow(request[...]) }
        }
        usleep(500_000)
        // As much was sent as would be 32 MB.
        #expect(bench.memory("VmRSS") - before < 16 << 20)
      }
      try await onThread { () throws(Problem) in try bench.settle() }
    }
  }
}
