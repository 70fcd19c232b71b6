import CHiredis
package import Core
import Glibc

/// How long to wait, and for how much.
package struct RedisLimits: Sendable {
  package var connect: Duration = .seconds(3)
  /// From the last byte sent to the end of the reply.
  package var command: Duration = .seconds(10)
  package var replySize = ByteCount(64 << 20)

  package init() {}
}

/// One connection to one server.
///
/// hiredis connects, formats commands and parses replies; reading and writing the socket is ours, since hiredis' own
/// writes raise SIGPIPE, and its reads bound neither the whole time nor the size of a reply. It parses at most eight
/// levels of nesting.
package actor RedisConnection {
  package nonisolated let endpoint: RedisEndpoint
  private nonisolated let executor: BlockingExecutor
  private let limits: RedisLimits
  private let handle: Handle
  private var isBroken = false

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Connects and logs in.
  ///
  /// - Throws: `Problem` `redis-unreachable`, `redis-timeout`, `redis-needs-tls`, `redis-not-authenticated`,
  ///   `redis-wrong-password`.
  package static func open(
    _ endpoint: RedisEndpoint, credentials: RedisCredentials? = nil, limits: RedisLimits = RedisLimits()
  ) async throws -> RedisConnection {
    let connection = RedisConnection(endpoint, limits: limits)
    try await connection.connect(credentials)
    return connection
  }

  private init(_ endpoint: RedisEndpoint, limits: RedisLimits) {
    self.endpoint = endpoint
    self.limits = limits
    executor = BlockingExecutor(label: "redis \(endpoint)")
    handle = Handle()
  }

  private func connect(_ credentials: RedisCredentials?) throws {
    guard let context = redisConnectWithTimeout(endpoint.host, Int32(endpoint.port), timeout) else {
      throw Problem.redisUnreachable(endpoint, "out of memory")
    }
    handle.context = context
    guard context.pointee.err == 0 else { throw Problem.redisUnreachable(endpoint, text(of: &context.pointee.errstr)) }
    do {
      try greet(credentials)
    } catch let problem as Problem where Self.isHintOfTLS(problem) && speaksTLS() {
      throw Problem.redisNeedsTLS(endpoint)
    }
  }

  private var timeout: timeval {
    let parts = limits.connect.components
    return timeval(tv_sec: Int(parts.seconds), tv_usec: Int(parts.attoseconds / 1_000_000_000_000))
  }

  private func greet(_ credentials: RedisCredentials?) throws {
    if let credentials {
      let user = credentials.username.map { [$0] } ?? []
      try command(["AUTH"] + user + [credentials.password.reveal()])
    } else {
      try command(["PING"])
    }
  }

  /// A server that expects TLS hangs up, answers in TLS, or waits for more.
  private static func isHintOfTLS(_ problem: Problem) -> Bool {
    ["redis-unreachable", "redis-protocol", "redis-timeout"].contains(problem.code)
  }

  /// Asks a server that did not answer as Redis does whether it expects TLS: the beginning of a TLS handshake (RFC 8446,
  /// 5.1) with nothing in it is answered with an alert.
  private func speaksTLS() -> Bool {
    guard let context = redisConnectWithTimeout(endpoint.host, Int32(endpoint.port), timeout) else { return false }
    defer { redisFree(context) }
    let hello: [UInt8] = [22, 3, 1, 0, 5, 1, 0, 0, 1, 0]
    guard context.pointee.err == 0,
      Glibc.send(context.pointee.fd, hello, hello.count, Int32(MSG_NOSIGNAL)) == hello.count,
      (try? wait(for: Int16(POLLIN), context.pointee.fd, until: .now + limits.connect)) != nil
    else { return false }
    var answer: UInt8 = 0
    return recv(context.pointee.fd, &answer, 1, Int32(MSG_DONTWAIT)) == 1 && answer == Self.tlsAlert
  }

  /// Sends one command and returns its reply.
  /// - Throws: `Problem`; also for a reply that is an error.
  @discardableResult
  package func command(_ arguments: [String]) throws -> RedisReply {
    let reply = try attempt(arguments)
    if case .error(let error) = reply { throw Problem(error, to: Self.name(of: arguments), at: endpoint) }
    return reply
  }

  /// Like `command`, but an error that the server answered is returned, not thrown.
  package func attempt(_ arguments: [String]) throws -> RedisReply {
    guard let reply = try pipeline([arguments]).first else {
      throw Problem.redisUnexpected(endpoint, Self.name(of: arguments))
    }
    return reply
  }

  /// Sends commands together and returns their replies, errors included, in order.
  package func pipeline(_ commands: [[String]]) throws -> [RedisReply] {
    try pipeline(commands.map { $0.map { Array($0.utf8) } })
  }

  /// Sends commands whose arguments need not be text.
  package func pipeline(_ commands: [[[UInt8]]]) throws -> [RedisReply] {
    guard !isBroken, let context = handle.context else {
      throw Problem.redisUnreachable(endpoint, "the connection was closed after an earlier error")
    }
    do {
      var replies: [RedisReply] = []
      // Chunks, so that neither side's socket buffer fills up while nobody reads.
      for start in stride(from: 0, to: commands.count, by: Self.chunk) {
        let part = commands[start..<min(commands.count, start + Self.chunk)]
        let deadline = ContinuousClock.now + limits.command
        for command in part { try send(command, over: context, until: deadline) }
        for _ in part { replies.append(try receive(from: context, until: deadline)) }
      }
      return replies
    } catch {
      // What else arrives could be taken for the reply to a later command.
      isBroken = true
      throw error
    }
  }

  /// Whether another command can be sent: not after an error, nor where the server has hung up meanwhile.
  package var isUsable: Bool {
    guard !isBroken, let context = handle.context else { return false }
    var byte: UInt8 = 0
    let count = recv(context.pointee.fd, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
    return count < 0 && (errno == EAGAIN || errno == EINTR)
  }

  private func send(
    _ arguments: [[UInt8]], over context: UnsafeMutablePointer<redisContext>, until deadline: ContinuousClock.Instant
  ) throws {
    var formatted: UnsafeMutablePointer<CChar>?
    let size = Self.withPointers(to: arguments) { pointers, lengths in
      redisFormatCommandArgv(&formatted, Int32(arguments.count), pointers, lengths)
    }
    guard size >= 0, let formatted else { throw Problem.redisProtocol(endpoint, "the command cannot be formatted") }
    defer { redisFreeCommand(formatted) }
    var sent = 0
    while sent < Int(size) {
      let count = Glibc.send(
        context.pointee.fd, formatted + sent, Int(size) - sent, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN || errno == EINTR {
        try wait(for: Int16(POLLOUT), context.pointee.fd, until: deadline)
      } else {
        throw Problem.redisUnreachable(endpoint, String(cString: strerror(errno)))
      }
    }
  }

  private func receive(
    from context: UnsafeMutablePointer<redisContext>, until deadline: ContinuousClock.Instant
  ) throws -> RedisReply {
    var received = 0
    while true {
      var pointer: UnsafeMutableRawPointer?
      guard redisReaderGetReply(context.pointee.reader, &pointer) == REDIS_OK else {
        throw Problem.redisProtocol(endpoint, text(of: &context.pointee.reader.pointee.errstr))
      }
      if let pointer {
        defer { freeReplyObject(pointer) }
        return RedisReply(pointer.assumingMemoryBound(to: redisReply.self).pointee)
      }
      switch context.pointee.reader.excess(over: limits.replySize) {
      case .size: throw Problem.redisReplyTooLarge(endpoint, limits.replySize)
      case .line: throw Problem.redisProtocol(endpoint, "a line of its reply does not end")
      case nil: break
      }
      try wait(for: Int16(POLLIN), context.pointee.fd, until: deadline)
      let count = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { buffer in
        let count = recv(context.pointee.fd, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0 {
          buffer.withMemoryRebound(to: CChar.self) {
            _ = redisReaderFeed(context.pointee.reader, $0.baseAddress, count)
          }
        }
        return count
      }
      switch count {
      case 0: throw Problem.redisUnreachable(endpoint, "the server closed the connection")
      case ..<0:
        guard errno == EAGAIN || errno == EINTR else {
          throw Problem.redisUnreachable(endpoint, String(cString: strerror(errno)))
        }
      default: received += count
      }
      if received > limits.replySize.bytes { throw Problem.redisReplyTooLarge(endpoint, limits.replySize) }
    }
  }

  private func wait(for events: Int16, _ socket: Int32, until deadline: ContinuousClock.Instant) throws {
    let left = (deadline - .now).components
    let milliseconds = max(0, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000)
    var descriptor = pollfd(fd: socket, events: events, revents: 0)
    // A server that never pauses is not waited for beyond the deadline either.
    if milliseconds == 0 || poll(&descriptor, 1, Int32(clamping: milliseconds)) == 0 {
      throw Problem.redisTimeout(endpoint, limits.command)
    }
  }

  /// The content type of a TLS alert.
  private static let tlsAlert: UInt8 = 21
  private static let chunk = 256

  /// A command's name for messages, without its arguments, which may be secret.
  private static func name(of arguments: [String]) -> String { arguments.first ?? "" }

  private func text<Buffer>(of buffer: inout Buffer) -> String {
    withUnsafeBytes(of: &buffer) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static func withPointers<Result>(
    to arguments: [[UInt8]],
    _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>, UnsafePointer<Int>) -> Result
  ) -> Result {
    // One buffer with all arguments, and pointers into it, so that nothing has to outlive a closure.
    let joined = Array(arguments.joined()) + [0]
    let lengths = arguments.map(\.count)
    return joined.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        var offset = 0
        var pointers = lengths.map { length -> UnsafePointer<CChar>? in
          defer { offset += length }
          return characters.baseAddress.map { $0 + offset }
        }
        return body(&pointers, lengths)
      }
    }
  }

  /// Owns the C object; it dies with the actor.
  private final class Handle {
    var context: UnsafeMutablePointer<redisContext>?
    deinit { redisFree(context) }
  }
}

extension RedisReply {
  /// Copies what hiredis parsed; the original stays hiredis'.
  fileprivate init(_ reply: redisReply) {
    let text = { String(decoding: UnsafeRawBufferPointer(start: reply.str, count: reply.len), as: UTF8.self) }
    switch reply.type {
    case REDIS_REPLY_STRING: self = .bytes(Array(UnsafeRawBufferPointer(start: reply.str, count: reply.len)))
    case REDIS_REPLY_STATUS: self = .status(text())
    case REDIS_REPLY_INTEGER: self = .integer(Int(reply.integer))
    case REDIS_REPLY_ERROR: self = .error(RedisError(text()))
    case REDIS_REPLY_ARRAY:
      self = .array(
        (0..<reply.elements).map { index in
          reply.element[index].map { RedisReply($0.pointee) } ?? .null
        })
    default: self = .null
    }
  }
}
