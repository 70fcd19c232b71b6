import Core
import RedisNamespaces
import TestServers

/// Calls of an attacker, whose every reply is searched for what it must not hold.
struct Attack {
  struct Outcome: Sendable {
    var count = 0
    var errorCount = 0
    var leaks: [String] = []
    /// Calls after which the connection did not answer any more.
    var lost: [String] = []
  }

  private(set) var outcome = Outcome()
  private let port: UInt16
  private let attacker: NamespaceProxy.Namespace
  private let forbidden: [[UInt8]]
  private var connection: RawConnection
  private var marks = 0

  init(port: UInt16, attacker: NamespaceProxy.Namespace) throws(Problem) {
    self.port = port
    self.attacker = attacker
    // Its own keys must look as on a server of its own.
    forbidden = [Array(Secrets.mark.utf8), Array(attacker.record.prefix.utf8)]
    connection = try Self.connection(port, attacker, version: 3)
  }

  static func connection(
    _ port: UInt16, _ namespace: NamespaceProxy.Namespace, version: Int
  ) throws(Problem) -> RawConnection {
    let connection = try RawConnection(port: port)
    let password = namespace.password.reveal()
    try connection.send(version == 3 ? ["HELLO", "3", "AUTH", "default", password] : ["AUTH", password])
    let reply = try connection.receive()
    guard !reply.isError else { throw Problem("no-login", .failed, "\(reply)") }
    return connection
  }

  /// These take the connection away, or change what the next reply means, as they should.
  private static let changing: Set<String> = [
    "QUIT", "RESET", "AUTH", "HELLO", "MULTI", "EXEC", "CLIENT", "MONITOR", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE",
    "SELECT", "BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "XREAD",
    "XREADGROUP", "WAIT",
  ]

  mutating func run(_ calls: [Call]) throws(Problem) {
    guard let name = calls.first?.name else { return }
    if Self.changing.contains(name) {
      for call in calls {
        connection = try Self.connection(port, attacker, version: outcome.count.isMultiple(of: 2) ? 3 : 2)
        try run(batch: [call], mustSurvive: name != "QUIT")
      }
      connection = try Self.connection(port, attacker, version: 3)
      return
    }
    for start in stride(from: 0, to: calls.count, by: 32) {
      try run(batch: Array(calls[start..<min(start + 32, calls.count)]), mustSurvive: true)
    }
  }

  /// Runs calls within transactions, with and without WATCH before them.
  mutating func run(inTransactions calls: [Call]) throws(Problem) {
    for call in calls {
      try run(batch: [Call("MULTI"), call, Call("EXEC")], mustSurvive: true)
      try run(
        batch: [Call("WATCH", "x"), Call("MULTI"), call, Call("GET", "x"), call, Call("EXEC")], mustSurvive: true)
    }
  }

  private mutating func run(batch: [Call], mustSurvive: Bool) throws(Problem) {
    marks += 1
    let mark = Array("mark\(marks)".utf8)
    outcome.count += batch.count
    // Nothing comes then, as it should be.
    let isSilenced = batch.contains { $0.name == "CLIENT" && $0.word(1) == "REPLY" }
    do {
      try connection.send(batch.flatMap(\.encoded) + Call([Array("PING".utf8), mark]).encoded)
      var index = 0
      while true {
        let reply = try connection.receive(within: isSilenced ? 200 : 8000)
        if reply.bytes == mark || reply.children?.last?.bytes == mark { return }
        if reply.isError { outcome.errorCount += 1 }
        if forbidden.contains(where: reply.contains) {
          outcome.leaks.append("\(batch[min(index, batch.count - 1)]) → \("\(reply)".prefix(300))")
        }
        // In a transaction, or without a login, the mark itself is not answered.
        if index >= batch.count { return }
        index += 1
      }
    } catch {
      if mustSurvive, !isSilenced {
        outcome.lost.append("\(batch.first?.description ?? "") … (\(batch.count)): \(error.message.prefix(200))")
      }
      connection = try Self.connection(port, attacker, version: 3)
    }
  }
}
