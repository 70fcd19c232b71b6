import Core
import Glibc
import RedisNamespaces
import TestServers
import Testing

/// What a client does that takes memory, descriptors or time from the others, against a proxy with small limits.
@Suite(.enabled(if: NamespaceProxy.skipReason == nil, "redis-server is not installed"), .serialized)
struct BoundsTests {
  @Test func whoDoesNotLogInIsEnded() async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let (silent, halfway, welcome) = (try bench.connect(), try bench.connect(), try bench.login())
      try halfway.send(Array("*2\r\n$4\r\nAUTH\r\n$5\r\nab".utf8))
      try bench.expectEnd(of: silent)
      try bench.expectEnd(of: halfway)
      #expect(try welcome.command("PING").text == "PONG")
    }
  }

  @Test func whoDoesNotFinishARequestIsEnded() async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let (halfway, idle) = (try bench.login(), try bench.login())
      try halfway.send(Array("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\nab".utf8))
      try bench.expectEnd(of: halfway)
      #expect(try idle.command("PING").text == "PONG")
    }
  }

  @Test(arguments: [
    ("*2\r\n$3\r\nGET\r\n$536870913\r\n", "invalid bulk length"), ("*1048577\r\n", "invalid multibulk length"),
    ("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\n", "too big request"),
    ("*2\r\n*1\r\n$4\r\nPING\r\n", "expected '$', got '*'"),
  ])
  func tooLargeARequestIsRefused(bytes: String, text: String) async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let connection = try bench.login()
      try connection.send(Array(bytes.utf8))
      #expect(try connection.receive().text == "ERR Protocol error: \(text)")
      try bench.expectEnd(of: connection)
    }
  }

  @Test func aLineIsNotEndless() async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let connection = try bench.login()
      try connection.send(Array(repeating: UInt8(ascii: "x"), count: 70_000))
      #expect(try connection.receive().text == "ERR Protocol error: too big inline request")
    }
  }

  @Test(arguments: [
    ("*2\r\n$4\r\nAUTH\r\n$16385\r\n", "unauthenticated bulk length"),
    ("*11\r\n", "unauthenticated multibulk length"),
  ])
  func strangersMaySayLittle(bytes: String, text: String) async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let connection = try bench.connect()
      try connection.send(Array(bytes.utf8))
      #expect(try connection.receive().text == "ERR Protocol error: \(text)")
      try bench.expectEnd(of: connection)
    }
  }

  @Test func aLengthAloneTakesNoMemory() async throws {
    let bench = try await Bench.generous.value
    try await onThread { () throws(Problem) in
      let before = bench.memory("VmSize")
      let connections = try (0..<20).map { _ throws(Problem) in try bench.login() }
      for connection in connections { try connection.send(Array("*2\r\n$4\r\nECHO\r\n$500000000\r\nabc".utf8)) }
      usleep(200_000)
      for connection in connections { try connection.send(Array("def".utf8)) }
      try bench.settle()
      #expect(bench.memory("VmSize") - before < 1 << 30)
    }
  }

  @Test func queuedCommandsAreNotEndless() async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let connection = try bench.login()
      _ = try connection.command("MULTI")
      var reply = RawReply.line(UInt8(ascii: "+"), [])
      let value = String(repeating: "x", count: 100_000)
      for _ in 0..<20 where !reply.isError { reply = try connection.command("SET", "key", value) }
      #expect(reply.text == "ERR the transaction is larger than a request may be")
      #expect(try connection.command("EXEC").text?.hasPrefix("EXECABORT") == true)
      #expect(try connection.command("PING").text == "PONG")
    }
  }

  @Test func aFloodIsRefusedBeyondTheLimit() async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let flood = try (0..<Bench.mostClients + 60).map { _ throws(Problem) in try bench.connect() }
      let refused = flood.count { connection in
        connection.isReadable(within: 20)
          && (try? connection.receive().text) == "ERR max number of clients reached"
      }
      // Some places may have been taken by others.
      #expect(refused >= 60 && refused < flood.count)
    }
    try await onThread { () throws(Problem) in
      // The flood has gone.
      try bench.settle()
      #expect(try bench.login().command("PING").text == "PONG")
    }
  }

  @Test func idleClientsTakeLittle() async throws {
    let bench = try await Bench.generous.value
    try await onThread { () throws(Problem) in
      _ = try bench.login()
      let before = bench.memory("VmRSS")
      // What the tests themselves may open, most often 1024.
      var clients: [RawConnection] = []
      for _ in 0..<500 { clients.append(try bench.login()) }
      let each = (bench.memory("VmRSS") - before) / clients.count
      print("an idle client takes \(each) bytes")
      // 10,000 within 150 MB.
      #expect(each < 15_000)
    }
    try await onThread { () throws(Problem) in try bench.settle() }
  }

  @Test func lackingDescriptorsTheProxyRests() async throws {
    let bench = try await Bench.generous.value
    try await bench.limitDescriptors(to: bench.descriptors() + 10)
    do {
      try await onThread { () throws(Problem) in
        let waiting = try (0..<60).map { _ throws(Problem) in try bench.connect() }
        usleep(200_000)
        let before = bench.processorSeconds()
        sleep(3)
        #expect(bench.processorSeconds() - before < 1)
        withExtendedLifetime(waiting) {}
      }
    } catch {
      try await bench.limitDescriptors(to: 4096)
      throw error
    }
    try await bench.limitDescriptors(to: 4096)
    try await onThread { () throws(Problem) in
      try bench.settle()
      #expect(try bench.login().command("PING").text == "PONG")
    }
  }

  @Test func deepNestingIsNoTrouble() async throws {
    let bench = try await Bench.shared.value
    try await onThread { () throws(Problem) in
      let connection = try bench.login()
      let script = "local t = {} for _ = 1, tonumber(ARGV[1]) do t = {t} end return t"
      var reply = try connection.command("EVAL", script, "0", "200")
      var depth = 0
      while let inner = reply.children?.first {
        reply = inner
        depth += 1
      }
      #expect(depth == 200)
      #expect(try connection.command("PING").text == "PONG")
    }
  }
}
