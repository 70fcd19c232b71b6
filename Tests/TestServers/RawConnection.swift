package import Core
import Glibc

/// A socket to a Redis, or to what looks like one: bytes out, replies in. It blocks: not for Swift's own threads.
package final class RawConnection {
  private let descriptor: Int32
  private var input: [UInt8] = []
  /// Of `input`: where the next reply starts.
  private var position = 0
  private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

  /// - Throws: `Problem` `no-connection`.
  package init(port: UInt16) throws(Problem) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    // What was set up so far, deinit takes back.
    guard connected == 0 else { throw Self.lost("cannot connect to port \(port): \(String(cString: strerror(errno)))") }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit {
    close(descriptor)
    chunk.deallocate()
  }

  /// - Throws: `Problem` `no-connection` when the other side has closed.
  package func send(_ bytes: [UInt8]) throws(Problem) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.lost("sending failed: \(String(cString: strerror(errno)))") }
      sent += count
    }
  }

  /// As much as goes without waiting.
  /// - Returns: the count of bytes; nil if nothing goes.
  package func sendNow(_ bytes: ArraySlice<UInt8>) throws(Problem) -> Int? {
    guard !bytes.isEmpty else { return nil }
    let count = bytes.withUnsafeBytes {
      Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }
    if count < 0, errno == EAGAIN || errno == EINTR { return nil }
    guard count > 0 else { throw Self.lost("sending failed: \(String(cString: strerror(errno)))") }
    return count
  }

  /// A request as an array of strings.
  package func send(_ arguments: [String]) throws(Problem) { try send(Self.encoded(arguments.map { Array($0.utf8) })) }

  package static func encoded(_ arguments: [[UInt8]]) -> [UInt8] {
    var bytes = Array("*\(arguments.count)\r\n".utf8)
    for argument in arguments {
      bytes += Array("$\(argument.count)\r\n".utf8)
      bytes += argument
      bytes += [13, 10]
    }
    return bytes
  }

  /// Sends a request and waits for one reply.
  package func command(_ arguments: String...) throws(Problem) -> RawReply {
    try send(arguments)
    return try receive()
  }

  /// Whether a reply, or the end of the connection, is there to be received.
  package func isReadable(within milliseconds: Int32 = 0) -> Bool {
    if position < input.count { return true }
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, milliseconds) > 0
  }

  /// The next reply.
  /// - Throws: `Problem` `no-connection` when the other side has closed, `no-reply` when nothing came in time, and
  ///   `bad-reply` for what is no reply.
  package func receive(within milliseconds: Int32 = 10_000) throws(Problem) -> RawReply {
    while true {
      var cursor = position
      if let reply = try Self.parse(input, &cursor) {
        position = cursor
        if position == input.count {
          input.removeAll(keepingCapacity: input.capacity < 1 << 20)
          position = 0
        }
        return reply
      }
      try fill(milliseconds)
    }
  }

  private func fill(_ milliseconds: Int32) throws(Problem) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, milliseconds) > 0 else {
      throw Problem("no-reply", .failed, "no reply within \(milliseconds) ms after \"\(rest.printable)\"")
    }
    let count = recv(descriptor, chunk.baseAddress, chunk.count, 0)
    if count < 0 && errno == EINTR { return }
    guard count > 0 else { throw Self.lost("the connection was closed after \"\(rest.printable)\"") }
    input += UnsafeRawBufferPointer(start: chunk.baseAddress, count: count)
  }

  private var rest: [UInt8] { Array(input[position...]) }

  private static func lost(_ text: String) -> Problem { Problem("no-connection", .failed, text) }

  /// Reads one reply at `cursor` and moves it behind; nil where more bytes are needed.
  private static func parse(_ input: [UInt8], _ cursor: inout Int) throws(Problem) -> RawReply? {
    guard let end = endOfLine(input, cursor) else { return nil }
    let marker = input[cursor]
    let line = Array(input[cursor + 1..<end])
    cursor = end + 2
    switch marker {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: ","),
      UInt8(ascii: "#"), UInt8(ascii: "("):
      return .line(marker, line)
    case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
      guard let count = Int(String(decoding: line, as: UTF8.self)) else { throw bad(marker, line) }
      guard count >= 0 else { return .line(marker, line) }
      guard input.count >= cursor + count + 2 else { return nil }
      let bytes = Array(input[cursor..<cursor + count])
      cursor += count + 2
      return .bulk(marker, bytes)
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"), UInt8(ascii: "|"):
      guard let count = Int(String(decoding: line, as: UTF8.self)) else { throw bad(marker, line) }
      guard count >= 0 else { return .line(marker, line) }
      let isPaired = marker == UInt8(ascii: "%") || marker == UInt8(ascii: "|")
      var children: [RawReply] = []
      for _ in 0..<(isPaired ? 2 * count : count) {
        guard let child = try parse(input, &cursor) else { return nil }
        children.append(child)
      }
      return .list(marker, children)
    default: throw bad(marker, line)
    }
  }

  private static func endOfLine(_ input: [UInt8], _ start: Int) -> Int? {
    input.withUnsafeBytes { bytes in
      guard start < bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + start, 13, bytes.count - start)
      else { return nil }
      let end = UnsafeRawPointer(found) - base
      return end + 1 < bytes.count ? end : nil
    }
  }

  private static func bad(_ marker: UInt8, _ line: [UInt8]) -> Problem {
    Problem("bad-reply", .badData, "\"\(([marker] + line).printable)\" is not the start of a reply")
  }
}
