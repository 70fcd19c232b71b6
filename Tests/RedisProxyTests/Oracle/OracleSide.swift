import Core
import Glibc
import TestServers

/// One of the two servers that a session is played on.
final class OracleSide {
  let name: String
  private let port: UInt16
  private let password: String
  /// Logged in where one sees who is blocked: at every node behind a proxy.
  private let observers: [RawConnection]
  private var connections: [RawConnection] = []
  private var protocols: [Int] = []
  /// What was published to each connection and not yet compared.
  private(set) var messages: [[RawReply]] = []
  private var blockedBefore = 0

  init(name: String, port: UInt16, password: String, observers: [RawConnection]) {
    self.name = name
    self.port = port
    self.password = password
    self.observers = observers
  }

  /// Starts anew: no keys, no scripts, new connections.
  func begin(_ protocols: [Int]) throws(Problem) {
    connections = []
    messages = protocols.map { _ in [] }
    self.protocols = protocols
    for index in protocols.indices { connections.append(try open(index)) }
    for command in [["FLUSHALL"], ["SCRIPT", "FLUSH"]] {
      try connections[0].send(command)
      let reply = try connections[0].receive()
      guard reply.text == "OK" else { throw Problem("no-start", .failed, "\(name): \(command): \(reply)") }
    }
    blockedBefore = 0
    // Those of the session before are gone a moment after their connections.
    for _ in 0..<200 where try blocked() > 0 { Self.pause() }
  }

  private func open(_ index: Int) throws(Problem) -> RawConnection {
    let connection = try RawConnection(port: port)
    try connection.send(
      protocols[index] == 3 ? ["HELLO", "3", "AUTH", "default", password] : ["AUTH", password])
    let reply = try connection.receive()
    guard !reply.isError else { throw Problem("no-login", .failed, "\(name): \(reply)") }
    return connection
  }

  func reopen(_ index: Int) throws(Problem) {
    connections[index] = try open(index)
    messages[index] = []
  }

  func send(_ bytes: [UInt8], on index: Int) throws(Problem) { try connections[index].send(bytes) }

  /// The next reply; messages that come before it are put aside.
  func receive(on index: Int, within milliseconds: Int32 = 8000) throws(Problem) -> RawReply {
    while true {
      let reply = try connections[index].receive(within: milliseconds)
      guard Self.isMessage(reply) else { return reply }
      messages[index].append(reply)
    }
  }

  /// All replies until that to a PING with `mark`, which was sent last.
  func receive(on index: Int, until mark: [UInt8]) throws(Problem) -> [RawReply] {
    var replies: [RawReply] = []
    while true {
      let reply = try receive(on: index)
      replies.append(reply)
      if reply.bytes == mark || reply.children?.last?.bytes == mark { return replies }
    }
  }

  /// What comes until the connection is closed, or a PING is answered.
  func receiveUntilClosed(on index: Int) -> [String] {
    var replies: [String] = []
    while true {
      do {
        let reply = try receive(on: index, within: 3000)
        replies.append(reply.description)
        if reply.text == "END" { return replies }
      } catch {
        return replies + [error.code]
      }
    }
  }

  /// Waits until this connection was answered, or one more client than before blocks.
  /// - Returns: whether it blocks.
  func settleBlocking(on index: Int) throws(Problem) -> Bool {
    for _ in 0..<1000 {
      if connections[index].isReadable() { return false }
      let now = try blocked()
      if now > blockedBefore {
        blockedBefore = now
        return true
      }
      Self.pause()
    }
    throw Problem("not-blocking", .failed, "\(name): neither a reply nor a blocked client")
  }

  /// After a blocked call is done with.
  func forgetBlocked() throws(Problem) { blockedBefore = try blocked() }

  /// After a connection was closed whose call blocked.
  func awaitUnblocked() throws(Problem) {
    for _ in 0..<1000 {
      if try blocked() < blockedBefore { break }
      Self.pause()
    }
    try forgetBlocked()
  }

  /// Collects messages until there are as many as the other side has, or no more come.
  func awaitMessages(_ count: Int, on index: Int) throws(Problem) {
    while messages[index].count < count, connections[index].isReadable(within: 2000) {
      let reply = try connections[index].receive()
      guard Self.isMessage(reply) else { throw Problem("bad-reply", .failed, "\(name): \(reply) is no message") }
      messages[index].append(reply)
    }
  }

  func takeMessages(on index: Int) -> [RawReply] {
    defer { messages[index] = [] }
    return messages[index]
  }

  func isReadable(_ index: Int) -> Bool { connections[index].isReadable() }

  private func blocked() throws(Problem) -> Int {
    var sum = 0
    for observer in observers {
      let text = try observer.command("INFO", "clients").text ?? ""
      let line = text.split(separator: "\r\n").first { $0.hasPrefix("blocked_clients:") }
      sum += line.flatMap { Int($0.drop { $0 != ":" }.dropFirst()) } ?? 0
    }
    return sum
  }

  private static func isMessage(_ reply: RawReply) -> Bool {
    guard let children = reply.children, children.count >= 2 else { return false }
    return ["message", "pmessage", "smessage", "invalidate"].contains(children[0].text)
  }

  /// One publication reaches the patterns that match it in no defined order: those that belong together are sorted.
  static func ordered(_ messages: [RawReply]) -> [[String]] {
    let ofShards = messages.filter(DocumentedDifferences.isOfShard)
    return grouped(messages.filter { !DocumentedDifferences.isOfShard($0) }) + grouped(ofShards)
  }

  private static func grouped(_ messages: [RawReply]) -> [[String]] {
    var groups: [(publication: [RawReply], messages: [String])] = []
    for message in messages {
      let publication = Array((message.children ?? []).suffix(2))
      if groups.last?.publication != publication { groups.append((publication, [])) }
      groups[groups.count - 1].messages.append(message.description)
    }
    return groups.map { $0.messages.sorted() }
  }

  private static func pause() {
    // A thread of its own, not one of Swift's.
    var time = timespec(tv_sec: 0, tv_nsec: 1_000_000)
    nanosleep(&time, nil)
  }
}
