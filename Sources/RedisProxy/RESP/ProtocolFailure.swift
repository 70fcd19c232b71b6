/// Why a client's input is no request, in the words of Redis 7.0. The connection is closed after it.
struct ProtocolFailure: Equatable {
  enum Kind {
    case tooBigInlineRequest, unbalancedQuotes, tooBigCountString, invalidMultibulkLength,
      unauthenticatedMultibulkLength
    case tooBigBulkCountString, expectedBulk, invalidBulkLength, unauthenticatedBulkLength
    /// Not in Redis, which closes the connection without a word.
    case tooBigRequest
  }

  let kind: Kind
  /// What stands where a `$` belongs.
  var found: UInt8 = 0

  /// Writes the error reply.
  func append(to queue: inout ByteQueue) {
    queue.append("-ERR Protocol error: ")
    queue.append(text)
    if kind == .expectedBulk {
      // Redis puts a space for what would end the line.
      queue.append(byte: found == UInt8(ascii: "\r") || found == UInt8(ascii: "\n") ? UInt8(ascii: " ") : found)
      queue.append("'")
    }
    queue.append("\r\n")
  }

  private var text: StaticString {
    switch kind {
    case .tooBigInlineRequest: "too big inline request"
    case .unbalancedQuotes: "unbalanced quotes in request"
    case .tooBigCountString: "too big mbulk count string"
    case .invalidMultibulkLength: "invalid multibulk length"
    case .unauthenticatedMultibulkLength: "unauthenticated multibulk length"
    case .tooBigBulkCountString: "too big bulk count string"
    case .expectedBulk: "expected '$', got '"
    case .invalidBulkLength: "invalid bulk length"
    case .unauthenticatedBulkLength: "unauthenticated bulk length"
    case .tooBigRequest: "too big request"
    }
  }
}
