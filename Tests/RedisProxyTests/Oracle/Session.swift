import TestServers

/// What some clients do, one step after another; any prefix of it is a session too.
struct Session {
  enum Step {
    /// Sent at once; each call has one reply.
    case pipeline(Int, [Call])
    /// Calls with any number of replies: the answer to a PING after them says that there are no more.
    case counted(Int, [Call])
    /// Goes on as soon as the call was answered, or is seen to block.
    case blocking(Int, Call)
    /// The reply of a call that blocked.
    case collect(Int)
    /// The messages that came to a subscriber.
    case messages(Int)
    /// Iterates until the cursor is 0 again; `after` follows the cursor.
    case scan(Int, before: [[UInt8]], after: [[UInt8]])
    /// Closes the connection and opens another in its place.
    case reopen(Int)
    /// Bytes that may break the protocol, and whatever comes back until the connection is closed or PING is answered.
    case raw(Int, [UInt8])
  }

  let seed: UInt64
  /// Of each connection, 2 or 3.
  let protocols: [Int]
  var steps: [Step]

  var commandCount: Int { steps.reduce(0) { $0 + $1.commandCount } }
}

extension Session.Step {
  var commandCount: Int {
    switch self {
    case .pipeline(_, let calls), .counted(_, let calls): calls.count
    case .blocking, .scan, .raw: 1
    case .collect, .messages, .reopen: 0
    }
  }

  /// The same as steps of one call each, so that calls can be left out.
  var single: [Session.Step] {
    if case .pipeline(let connection, let calls) = self { calls.map { .pipeline(connection, [$0]) } } else { [self] }
  }
}

extension Session.Step: CustomStringConvertible {
  var description: String {
    switch self {
    case .pipeline(let connection, let calls), .counted(let connection, let calls):
      calls.map { "\(connection)> \($0)" }.joined(separator: "\n")
    case .blocking(let connection, let call): "\(connection)> \(call)   (may block)"
    case .collect(let connection): "\(connection)  waits for its reply"
    case .messages(let connection): "\(connection)  reads messages"
    case .scan(let connection, let before, let after):
      "\(connection)> \(Call(before)) CURSOR \(Call(after)) (to the end)"
    case .reopen(let connection): "\(connection)  closes and opens"
    case .raw(let connection, let bytes): "\(connection)> raw \"\(bytes.printable)\""
    }
  }
}
