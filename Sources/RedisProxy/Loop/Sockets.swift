import CLinux
import Core
import Glibc

/// Non-blocking TCP sockets.
enum Sockets {
  /// Makes sure that nobody listens there: listeners that share an address would share it with another proxy as well.
  ///
  /// - Throws: `Problem` `port-taken`, `unknown-host`, `io-error`.
  static func insistOnFree(host: String, port: UInt16) throws(Problem) {
    close(try bound(SocketAddress(host: host, port: port), sharing: false))
  }

  /// One of several listeners on the same address, among which the kernel spreads connections (socket(7), SO_REUSEPORT).
  ///
  /// - Throws: `Problem` `port-taken`, or `io-error`.
  static func listen(host: String, port: UInt16) throws(Problem) -> Int32 {
    try bound(SocketAddress(host: host, port: port), sharing: true)
  }

  private static func bound(_ address: SocketAddress, sharing: Bool) throws(Problem) -> Int32 {
    let socket = try stream(address.family)
    set(socket, SOL_SOCKET, SO_REUSEADDR, 1)
    if sharing { set(socket, SOL_SOCKET, SO_REUSEPORT, 1) }
    guard address.withPointer({ bind(socket, $0, $1) }) == 0, Glibc.listen(socket, 4096) == 0 else {
      let taken = errno == EADDRINUSE
      let problem = Problem.failedCall("bind")
      close(socket)
      guard taken else { throw problem }
      throw Problem(
        "port-taken", .cannotCreate, "\(address.endpoint) is in use",
        hint: "stop what listens there, or choose another with --listen HOST:PORT")
    }
    return socket
  }

  /// A connection on its way: it is writable when it is made or refused.
  static func connect(to endpoint: NodeEndpoint) throws(Problem) -> Int32 {
    let address = try SocketAddress(host: endpoint.host, port: endpoint.port)
    let socket = try stream(address.family)
    tune(socket)
    guard address.withPointer({ Glibc.connect(socket, $0, $1) }) == 0 || errno == EINPROGRESS else {
      let problem = Problem.failedCall("connect")
      close(socket)
      throw problem
    }
    return socket
  }

  /// Writes are batched here, so that the kernel's own waiting for more would only add delay.
  static func tune(_ socket: Int32) {
    set(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(socket, SOL_SOCKET, SO_KEEPALIVE, 1)
    set(socket, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 60)
  }

  /// Why a connection was not made; 0 if it was.
  static func pendingError(of socket: Int32) -> Int32 {
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length)
    return error
  }

  private static func stream(_ family: Int32) throws(Problem) -> Int32 {
    let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let socket = socket(family, flags, 0)
    guard socket >= 0 else { throw .failedCall("socket") }
    return socket
  }

  private static func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}

/// A numeric address, or a name that the system's resolver knows.
struct SocketAddress {
  private let storage: sockaddr_storage
  private let length: socklen_t

  var family: Int32 { Int32(storage.ss_family) }

  init(host: String, port: UInt16) throws(Problem) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let first = found, let address = first.pointee.ai_addr
    else { throw Problem("unknown-host", .unavailable, "the host \"\(host)\" has no address") }
    defer { freeaddrinfo(found) }
    var storage = sockaddr_storage()
    let length = first.pointee.ai_addrlen
    withUnsafeMutableBytes(of: &storage) { target in
      target.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
    }
    self.storage = storage
    self.length = length
  }

  /// Host and port as numbers.
  var endpoint: NodeEndpoint {
    let (host, port) = Self.text(of: storage)
    return NodeEndpoint(host: host, port: port)
  }

  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  /// Host and port as text, such as `127.0.0.1:50123`.
  static func text(of address: sockaddr_storage) -> (host: String, port: UInt16) {
    var address = address
    var host = [CChar](repeating: 0, count: 64)
    let isIPv6 = Int32(address.ss_family) == AF_INET6
    let port: UInt16 = withUnsafeMutablePointer(to: &address) { storage in
      if isIPv6 {
        return storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          _ = inet_ntop(AF_INET6, &$0.pointee.sin6_addr, &host, socklen_t(host.count))
          return UInt16(bigEndian: $0.pointee.sin6_port)
        }
      }
      return storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        _ = inet_ntop(AF_INET, &$0.pointee.sin_addr, &host, socklen_t(host.count))
        return UInt16(bigEndian: $0.pointee.sin_port)
      }
    }
    return (String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self), port)
  }
}
