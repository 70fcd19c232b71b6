/// A reply of a server, as RESP2 has them (redis.io, "Redis serialization protocol specification").
package enum RedisReply: Sendable, Hashable {
  case bytes([UInt8])
  case status(String)
  case integer(Int)
  case null
  case array([RedisReply])
  case error(RedisError)

  /// A string or status as text; nil for anything else.
  package var text: String? {
    switch self {
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .status(let text): text
    default: nil
    }
  }

  package var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  package var array: [RedisReply]? { if case .array(let elements) = self { elements } else { nil } }

  /// Strings in an array, such as the reply to `SMEMBERS`; nil if it is no array of strings.
  package var texts: [String]? {
    guard let array else { return nil }
    let texts = array.compactMap(\.text)
    return texts.count == array.count ? texts : nil
  }
}

/// What a server answered instead of a result: a first word in capitals, then a sentence.
package struct RedisError: Sendable, Hashable {
  package let message: String

  /// `ERR`, `NOPERM`, `MOVED`, …
  package var code: String { String(message.prefix { $0 != " " }) }

  package init(_ message: String) { self.message = message }
}
