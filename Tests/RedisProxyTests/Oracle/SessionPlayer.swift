import Core
import TestServers

/// Plays the steps of one session on both sides.
struct SessionPlayer {
  struct Mismatch: Error {
    var call: Call?
    var expected: String
    var got: String
  }

  let reference: OracleSide
  let subject: OracleSide
  private(set) var compared: [Call] = []
  private(set) var errorCount = 0
  /// Of each connection: the calls that wait for EXEC.
  private var queues: [[Call]]
  private var blocked: [Call?]
  /// Of each connection: whether the call blocks on either side.
  private var areBlocked: [[Bool]]
  private var marks = 0

  init(reference: OracleSide, subject: OracleSide, connections: Int) {
    self.reference = reference
    self.subject = subject
    queues = Array(repeating: [], count: connections)
    blocked = Array(repeating: nil, count: connections)
    areBlocked = Array(repeating: [false, false], count: connections)
  }

  mutating func play(_ step: Session.Step) throws(Mismatch) {
    switch step {
    case .pipeline(let connection, let calls): try pipeline(calls, on: connection)
    case .counted(let connection, let calls): try counted(calls, on: connection)
    case .blocking(let connection, let call):
      send(call.encoded, on: connection)
      blocked[connection] = call
      var blocks = [false, false]
      try attempt(call) { side throws(Problem) in
        blocks[side === reference ? 0 : 1] = try side.settleBlocking(on: connection)
      }
      areBlocked[connection] = blocks
    case .collect(let connection):
      guard let call = blocked[connection] else { return }
      blocked[connection] = nil
      try compareReply(to: call, on: connection)
      try attempt(call) { side throws(Problem) in try side.forgetBlocked() }
    case .messages(let connection): try messages(on: connection)
    case .scan(let connection, let before, let after): try scan(before, after, on: connection)
    case .reopen(let connection):
      queues[connection] = []
      let call = blocked[connection]
      blocked[connection] = nil
      try attempt(Call("AUTH")) { side throws(Problem) in
        try side.reopen(connection)
        // That the client is gone is noticed a moment later.
        if call != nil, areBlocked[connection][side === reference ? 0 : 1] { try side.awaitUnblocked() }
      }
    case .raw(let connection, let bytes):
      send(bytes + Call("ECHO", "END").encoded, on: connection)
      let expected = reference.receiveUntilClosed(on: connection)
      let got = subject.receiveUntilClosed(on: connection)
      queues[connection] = []
      if expected != got { throw Mismatch(call: Call([bytes]), expected: "\(expected)", got: "\(got)") }
    }
  }

  private func send(_ bytes: [UInt8], on connection: Int) {
    // A connection that is lost shows when its replies are read.
    try? reference.send(bytes, on: connection)
    try? subject.send(bytes, on: connection)
  }

  private mutating func pipeline(_ calls: [Call], on connection: Int) throws(Mismatch) {
    guard blocked[connection] == nil else { return }
    send(calls.flatMap(\.encoded), on: connection)
    for call in calls { try compareReply(to: call, on: connection) }
  }

  private mutating func compareReply(to call: Call, on connection: Int) throws(Mismatch) {
    let expected = Result { () throws(Problem) in try reference.receive(on: connection) }
    let got = Result { () throws(Problem) in try subject.receive(on: connection) }
    compared.append(call)
    switch (expected, got) {
    case (.success(let one), .success(let other)):
      if one.isError { errorCount += 1 }
      guard ReplyComparison.areEqual(one, other, to: call, queued: queues[connection]) else {
        throw Mismatch(call: call, expected: one.description, got: other.description)
      }
      follow(call, one, on: connection)
    case (.failure(let one), .failure(let other)) where one.code == other.code: return
    case (let one, let other): throw Mismatch(call: call, expected: Self.text(one), got: Self.text(other))
    }
  }

  /// Keeps track of what EXEC's reply will be about.
  private mutating func follow(_ call: Call, _ reply: RawReply, on connection: Int) {
    if reply.text == "QUEUED" {
      queues[connection].append(call)
    } else if ["EXEC", "DISCARD", "RESET", "MULTI"].contains(call.name), !(call.name == "MULTI" && reply.isError) {
      queues[connection] = []
    }
  }

  private mutating func counted(_ calls: [Call], on connection: Int) throws(Mismatch) {
    marks += 1
    let mark = Array("mark \(marks)".utf8)
    let ping = Call([Array("PING".utf8), mark])
    send(calls.flatMap(\.encoded) + ping.encoded, on: connection)
    let expected = Result { () throws(Problem) in try reference.receive(on: connection, until: mark) }
    let got = Result { () throws(Problem) in try subject.receive(on: connection, until: mark) }
    compared += calls
    switch (expected, got) {
    case (.success(let one), .success(let other)):
      // Without channels, the subscriptions to all of them end, in no defined order.
      let isUnordered = calls.contains { $0.name.hasSuffix("UNSUBSCRIBE") && $0.arguments.count == 1 }
      let areEqual = isUnordered ? Self.withoutOrder(one) == Self.withoutOrder(other) : one == other
      if areEqual { return }
    case (.failure(let one), .failure(let other)) where one.code == other.code: return
    default: break
    }
    throw Mismatch(call: calls.first, expected: Self.text(expected), got: Self.text(got))
  }

  /// The counts that go down from one to the next stay in order; the channels that they stand beside do not.
  private static func withoutOrder(_ replies: [RawReply]) -> [[String]] {
    [
      replies.map { $0.children?.last?.description ?? $0.description },
      replies.map { ($0.children?.dropLast() ?? []).map(\.description).joined(separator: " ") }.sorted(),
    ]
  }

  private mutating func messages(on connection: Int) throws(Mismatch) {
    try counted([], on: connection)
    let count = max(reference.messages[connection].count, subject.messages[connection].count)
    try attempt(nil) { side throws(Problem) in try side.awaitMessages(count, on: connection) }
    let expected = reference.takeMessages(on: connection)
    let got = subject.takeMessages(on: connection)
    guard OracleSide.ordered(expected) == OracleSide.ordered(got) else {
      throw Mismatch(call: Call("(messages)"), expected: "\(expected)", got: "\(got)")
    }
  }

  /// Pages and their order are the server's; each element must come at least once, and nothing else.
  private mutating func scan(_ before: [[UInt8]], _ after: [[UInt8]], on connection: Int) throws(Mismatch) {
    let call = Call(before + [Array("0".utf8)] + after)
    let expected = Result { () throws(Problem) in try Self.elements(before, after, reference, connection) }
    let got = Result { () throws(Problem) in try Self.elements(before, after, subject, connection) }
    compared.append(call)
    guard Self.text(expected) == Self.text(got) else {
      throw Mismatch(call: call, expected: Self.text(expected), got: Self.text(got))
    }
  }

  private static func elements(
    _ before: [[UInt8]], _ after: [[UInt8]], _ side: OracleSide, _ connection: Int
  ) throws(Problem) -> [String] {
    var cursor = Array("0".utf8)
    var found: Set<String> = []
    // In pairs of field and value, or member and score.
    let size = ["HSCAN", "ZSCAN"].contains(Call(before).name) ? 2 : 1
    for _ in 0..<10_000 {
      try side.send(Call(before + [cursor] + after).encoded, on: connection)
      let reply = try side.receive(on: connection)
      guard let parts = reply.children, parts.count == 2, let next = parts[0].bytes, let elements = parts[1].children
      else { return [reply.description] }
      for start in stride(from: 0, to: elements.count, by: size) {
        found.insert(elements[start..<min(start + size, elements.count)].map(\.description).joined(separator: " "))
      }
      if next == Array("0".utf8) { return found.sorted() }
      cursor = next
    }
    throw Problem("endless-scan", .failed, "a scan did not end after 10000 pages")
  }

  private func attempt(_ call: Call?, _ body: (OracleSide) throws(Problem) -> Void) throws(Mismatch) {
    let expected = Result { () throws(Problem) in try body(reference) }
    let got = Result { () throws(Problem) in try body(subject) }
    if case .failure(let problem) = expected {
      throw Mismatch(call: call, expected: problem.message, got: Self.text(got.map { "" }))
    }
    if case .failure(let problem) = got { throw Mismatch(call: call, expected: "", got: problem.message) }
  }

  private static func text<Value>(_ result: Result<Value, Problem>) -> String {
    switch result {
    case .success(let value): "\(value)"
    case .failure(let problem): "\(problem.code): \(problem.message)"
    }
  }
}
