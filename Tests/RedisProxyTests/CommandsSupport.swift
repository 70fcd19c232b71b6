import TestServers

@testable import RedisProxy

/// Gives `body` the request that these arguments make on the wire.
func withRequest<Result>(_ arguments: [String], _ body: (Request) throws -> Result) rethrows -> Result? {
  try withRequest(bytes: RawConnection.encoded(arguments.map { Array($0.utf8) }), body)
}

func withRequest<Result>(bytes: [UInt8], _ body: (Request) throws -> Result) rethrows -> Result? {
  var parser = RequestParser(limits: RequestLimits())
  parser.isAuthenticated = true
  return try bytes.withUnsafeBytes { bytes in
    guard case .request(let request) = parser.parse(bytes) else { return nil }
    return try body(request)
  }
}

/// What `body` writes, as text.
func written(_ body: (inout ByteQueue) -> Void) -> String {
  var queue = ByteQueue()
  body(&queue)
  return String(decoding: queue.readable, as: UTF8.self)
}

extension String {
  func withRawBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try Array(utf8).withUnsafeBytes(body)
  }
}

extension RawReply {
  /// As it is on the wire.
  var encoded: [UInt8] {
    switch self {
    case .line(let marker, let bytes): [marker] + bytes + [13, 10]
    case .bulk(let marker, let bytes): [marker] + Array("\(bytes.count)\r\n".utf8) + bytes + [13, 10]
    case .list(let marker, let children):
      [marker]
        + Array("\(marker == UInt8(ascii: "%") ? children.count / 2 : children.count)\r\n".utf8)
        + children.flatMap(\.encoded)
    }
  }
}
