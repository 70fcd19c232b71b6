import Core
import Glibc
import TestServers

/// A client that knows what it has written, and so sees every wrong reply. Its keys are its own.
struct LoadClient {
  struct Result: Sendable {
    var operations = 0
    /// Replies that no server may give: to another request, of another client, or never written.
    var wrong: [String] = []
    /// Acknowledged writes, confirmed by a replica where one was asked for, that are not there any more.
    var lost: [String] = []
    /// How often a request had an error, by its text; what it wrote may be there or not.
    var errors: [String: Int] = [:]
    var connections = 0
    /// When operations succeeded, in nanoseconds after the start.
    var successes: [Int64] = []
  }

  /// What a key may hold.
  private struct Expectation {
    var acknowledged = 0
    /// Versions sent later, of which nobody knows whether they were written.
    var unknown: Set<Int> = []
  }

  private let number: Int
  private let port: UInt16
  private let password: String
  /// How many replicas must have a write before it counts as acknowledged.
  private let replicas: Int
  private var random: SplitMix64
  private var connection: RawConnection?
  private var expectations = Array(repeating: Expectation(), count: 8)
  private var version = 0
  private(set) var result = Result()

  init(number: Int, port: UInt16, password: String, replicas: Int) {
    self.number = number
    self.port = port
    self.password = password
    self.replicas = replicas
    random = SplitMix64(seed: UInt64(number))
  }

  /// One operation, also where it fails, and a pause, so that the machine is left to the servers.
  mutating func step(since start: ContinuousClock.Instant) {
    do {
      let connection = try connected()
      switch Int.random(in: 0..<8, using: &random) {
      case 0...2: try write(on: connection)
      case 3: try waitForElement(on: connection)
      default: try pipeline(on: connection)
      }
      result.operations += 1
      result.successes.append(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
      usleep(2000)
    } catch {
      result.errors[String(error.message.prefix(70)), default: 0] += 1
      if error.code != Self.refused { connection = nil }
      usleep(20_000)
    }
  }

  /// Whether everything is still as it was acknowledged.
  mutating func check() throws(Problem) {
    connection = nil
    let connection = try connected()
    for key in expectations.indices {
      var reply = try connection.command("GET", name(key))
      for _ in 0..<100 where reply.isError {
        usleep(100_000)
        reply = try connection.command("GET", name(key))
      }
      guard !reply.isError else { throw Self.refusal(reply, of: "GET") }
      verify(reply, of: key)
    }
  }

  private mutating func connected() throws(Problem) -> RawConnection {
    if let connection { return connection }
    let new = try RawConnection(port: port)
    let reply = try new.command("AUTH", password)
    guard reply.text == "OK" else { throw Self.refusal(reply, of: "AUTH") }
    connection = new
    result.connections += 1
    return new
  }

  private func name(_ key: Int) -> String { "client\(number):\(key)" }

  // MARK: Writing

  private mutating func write(on connection: RawConnection) throws(Problem) {
    let key = Int.random(in: expectations.indices, using: &random)
    version += 1
    // From the moment that it is sent.
    expectations[key].unknown.insert(version)
    let value = "\(name(key))=\(version)"
    switch Int.random(in: 0..<4, using: &random) {
    case 0: try expect("OK", from: connection, "SET", name(key), value)
    case 1:
      try expect("OK", from: connection, "EVAL", "return redis.call('SET', KEYS[1], ARGV[1])", "1", name(key), value)
    case 2:
      let previous = try connection.command("SET", name(key), value, "GET")
      guard !previous.isError else { throw Self.refusal(previous, of: "SET") }
      // It must be one of those before.
      expectations[key].unknown.remove(version)
      verify(previous, of: key)
      expectations[key].unknown.insert(version)
    default: try writeInTransaction(key, value, on: connection)
    }
    if replicas > 0 {
      let confirmed = try connection.command("WAIT", "\(replicas)", "200")
      guard !confirmed.isError else { throw Self.refusal(confirmed, of: "WAIT") }
      guard let count = confirmed.integer else { return result.wrong.append("WAIT → \(confirmed)") }
      guard count >= replicas else { return }
    }
    expectations[key] = Expectation(acknowledged: version)
  }

  private mutating func writeInTransaction(
    _ key: Int, _ value: String, on connection: RawConnection
  ) throws(Problem) {
    if Bool.random(using: &random) { try expect("OK", from: connection, "WATCH", name(key)) }
    try expect("OK", from: connection, "MULTI")
    try expect("QUEUED", from: connection, "SET", name(key), value)
    try expect("QUEUED", from: connection, "GET", name(key))
    let replies = try connection.command("EXEC")
    guard !replies.isError else { throw Self.refusal(replies, of: "EXEC") }
    guard let children = replies.children else {
      // Nobody else writes the key; but where its connection is lost, a watched transaction is not executed.
      throw Problem(Self.refused, .failed, "EXEC → \(replies)")
    }
    if let error = children.first(where: \.isError) { throw Self.refusal(error, of: "in EXEC") }
    if children.map(\.text) != ["OK", value] { result.wrong.append("EXEC → \(replies)") }
  }

  private mutating func expect(_ text: String, from connection: RawConnection, _ request: String...) throws(Problem) {
    try connection.send(request)
    let reply = try connection.receive(within: Self.patience)
    guard !reply.isError else {
      // Whatever a transaction had is gone with the connection.
      throw Problem("no-transaction", .failed, "\(request[0]) → \(reply.text ?? "")")
    }
    if reply.text != text { result.wrong.append("\(request[0]) → \(reply)") }
  }

  // MARK: Reading

  /// A blocking command, on a connection to the node that no other client has.
  private mutating func waitForElement(on connection: RawConnection) throws(Problem) {
    version += 1
    let (list, element) = ("list\(number)", "element \(number) \(version)")
    let pushed = try connection.command("LPUSH", list, element)
    guard !pushed.isError else { throw Self.refusal(pushed, of: "LPUSH") }
    let popped = try connection.command("BLPOP", list, "5")
    guard !popped.isError else { throw Self.refusal(popped, of: "BLPOP") }
    let found = popped.children?.map(\.text)
    if found == [list, element] { return }
    // Not confirmed by a replica, it may be lost; then there is what an earlier attempt left, or nothing.
    let isPossible = found.map { $0.count == 2 && $0[1]?.hasPrefix("element \(number) ") == true } ?? true
    if !isPossible {
      result.wrong.append("BLPOP of \(element) → \(popped)")
    } else if replicas == 0 {
      result.lost.append("\(element)")
    }
  }

  /// Questions whose answers are all different, so that none can be mistaken for another.
  private mutating func pipeline(on connection: RawConnection) throws(Problem) {
    let keys = (0..<Int.random(in: 1...6, using: &random)).map { _ in
      Int.random(in: expectations.indices, using: &random)
    }
    version += 1
    let mark = "mark \(number) \(version)"
    var bytes: [UInt8] = []
    for key in keys {
      for request in [
        ["GET", name(key)], ["ECHO", "\(mark) \(key)"],
        ["EVAL", "return ARGV[1]", "1", name(key), "\(mark) \(key)"],
      ] {
        bytes += RawConnection.encoded(request.map { Array($0.utf8) })
      }
    }
    bytes += RawConnection.encoded((["MGET"] + keys.map(name)).map { Array($0.utf8) })
    try connection.send(bytes)
    var refusal: Problem?
    for key in keys {
      let reply = try connection.receive(within: Self.patience)
      if reply.isError { refusal = Self.refusal(reply, of: "GET") } else { verify(reply, of: key) }
      for _ in 0..<2 {
        let echo = try connection.receive(within: Self.patience)
        if echo.isError {
          refusal = Self.refusal(echo, of: "ECHO or EVAL")
        } else if echo.text != "\(mark) \(key)" {
          result.wrong.append("\(mark) \(key) → \(echo)")
        }
      }
    }
    let several = try connection.receive(within: Self.patience)
    if several.isError {
      refusal = Self.refusal(several, of: "MGET")
    } else if let values = several.children, values.count == keys.count {
      for (key, value) in zip(keys, values) { verify(value, of: key) }
    } else {
      result.wrong.append("MGET of \(keys.count) → \(several)")
    }
    if let refusal { throw refusal }
  }

  private mutating func verify(_ reply: RawReply, of key: Int) {
    let expectation = expectations[key]
    let isNull = reply == .line(UInt8(ascii: "$"), Array("-1".utf8))
    let start = "\(name(key))="
    guard isNull || reply.text?.hasPrefix(start) == true else { return result.wrong.append("\(name(key)) → \(reply)") }
    let found = isNull ? 0 : reply.text.flatMap { Int($0.dropFirst(start.utf8.count)) } ?? 0
    if found == expectation.acknowledged || expectation.unknown.contains(found) { return }
    if found < expectation.acknowledged {
      result.lost.append("\(name(key)) has version \(found) instead of \(expectation.acknowledged)")
      // Counted once.
      expectations[key].acknowledged = found
    } else {
      result.wrong.append("\(name(key)) has version \(found), which was never written")
    }
  }

  /// An error reply, after which the connection is in order.
  private static func refusal(_ reply: RawReply, of command: String) -> Problem {
    Problem(refused, .failed, "\(command) → \(reply.text ?? "")")
  }
  private static let refused = "refused"

  /// In milliseconds; longer than the proxy waits for a node.
  private static let patience: Int32 = 30_000
}
