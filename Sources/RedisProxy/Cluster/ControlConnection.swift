import CLinux
import Core
import Glibc

/// A connection of the coordinator's to a node: one question at a time, each with a time limit. Data of clients never
/// travels on it.
final class ControlConnection {
  let endpoint: NodeEndpoint
  private let socket: Int32
  private var input = ByteQueue()

  /// - Throws: `Problem` `no-redis`.
  init(_ endpoint: NodeEndpoint, user: String, password: Secret) throws(Problem) {
    self.endpoint = endpoint
    socket = try Sockets.connect(to: endpoint)
    do throws(Problem) {
      try wait(for: POLLOUT, milliseconds: Self.timeLimit)
      let error = Sockets.pendingError(of: socket)
      guard error == 0 else { throw Self.unusable(endpoint, String(cString: strerror(error))) }
      _ = try ask(["AUTH", user, password.reveal()])
    } catch {
      close(socket)
      throw error
    }
  }

  deinit { close(socket) }

  var descriptor: Int32 { socket }

  /// Sends a command and waits for its reply.
  ///
  /// - Throws: `Problem` `no-redis`, also for an error reply.
  func ask(_ command: [String]) throws(Problem) -> RESPValue {
    try write(command)
    let reply = try read(milliseconds: Self.timeLimit)
    if case .error(let text) = reply { throw Self.unusable(endpoint, Secret.masking(text)) }
    return reply
  }

  func write(_ command: [String]) throws(Problem) { try write(command.map { Array($0.utf8) }) }

  func write(_ command: [[UInt8]]) throws(Problem) {
    var request = ByteQueue()
    request.append(request: command)
    while !request.isEmpty {
      let bytes = request.readable
      let count = send(socket, bytes.baseAddress, bytes.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
      if count >= 0 {
        request.consume(count)
      } else if errno == EAGAIN {
        try wait(for: POLLOUT, milliseconds: Self.timeLimit)
      } else if errno != EINTR {
        throw Self.unusable(endpoint, String(cString: strerror(errno)))
      }
    }
  }

  /// The next reply.
  func read(milliseconds: Int32) throws(Problem) -> RESPValue {
    while true {
      if let value = try next() { return value }
      try wait(for: POLLIN, milliseconds: milliseconds)
    }
  }

  /// A reply that has been received already, or nil.
  func next() throws(Problem) -> RESPValue? {
    while true {
      var place = 0
      if let value = RESPValue(input.readable, &place) {
        input.consume(place)
        return value
      }
      let room = input.reserve(16_384)
      let count = recv(socket, room.baseAddress, room.count, 0)
      if count > 0 {
        input.commit(count)
      } else if count < 0, errno == EAGAIN || errno == EINTR {
        return nil
      } else {
        throw Self.unusable(endpoint, "it closed the connection")
      }
    }
  }

  private func wait(for events: Int32, milliseconds: Int32) throws(Problem) {
    var poll = pollfd(fd: socket, events: Int16(events), revents: 0)
    var ready: Int32
    repeat { ready = Glibc.poll(&poll, 1, milliseconds) } while ready < 0 && errno == EINTR
    guard ready > 0 else { throw Self.unusable(endpoint, "it does not answer") }
  }

  private static func unusable(_ endpoint: NodeEndpoint, _ reason: String) -> Problem {
    Problem(
      "no-redis", .unavailable, "the Redis at \(endpoint) cannot be used", cause: reason, isTransient: true)
  }

  private static let timeLimit: Int32 = 1000
}

/// A reply in RESP2, as a value: for the few replies that the proxy itself asks for.
indirect enum RESPValue: Sendable, Equatable {
  case text([UInt8])
  case error(String)
  case integer(Int)
  case list([RESPValue])
  case null

  /// - Parameter place: where to read from; it is moved behind the value.
  /// - Returns: nil if the value is not whole.
  init?(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) {
    guard place < bytes.count,
      let lineEnd = bytes[place...].firstIndex(of: UInt8(ascii: "\n")), lineEnd > place + 1
    else { return nil }
    let kind = bytes[place]
    let line = UnsafeRawBufferPointer(rebasing: bytes[(place + 1)..<(lineEnd - 1)])
    var next = lineEnd + 1
    switch kind {
    case UInt8(ascii: "+"): self = .text(Array(line))
    case UInt8(ascii: "-"): self = .error(String(decoding: line, as: UTF8.self))
    case UInt8(ascii: ":"): self = .integer(Decimal.read(line) ?? 0)
    case UInt8(ascii: "$"):
      guard let count = Decimal.read(line), count >= 0 else {
        self = .null
        break
      }
      guard bytes.count >= next + count + 2 else { return nil }
      self = .text(Array(bytes[next..<next + count]))
      next += count + 2
    case UInt8(ascii: "*"):
      guard let count = Decimal.read(line), count >= 0 else {
        self = .null
        break
      }
      var values: [RESPValue] = []
      for _ in 0..<count {
        guard let value = RESPValue(bytes, &next) else { return nil }
        values.append(value)
      }
      self = .list(values)
    default: self = .null
    }
    place = next
  }

  var bytes: [UInt8]? {
    if case .text(let bytes) = self { return bytes }
    return nil
  }

  var number: Int? {
    if case .integer(let number) = self { return number }
    return nil
  }

  var string: String? {
    if case .text(let bytes) = self { return String(decoding: bytes, as: UTF8.self) }
    return nil
  }

  var list: [RESPValue]? {
    if case .list(let values) = self { return values }
    return nil
  }
}
