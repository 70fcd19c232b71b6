/// A reply of Redis as it came, no byte lost (redis.io, "Redis serialization protocol specification").
package indirect enum RawReply: Sendable, Hashable {
  /// All that fits into one line, also nulls: the first byte and what follows it.
  case line(UInt8, [UInt8])
  /// `$` a string, `=` a verbatim string, `!` an error.
  case bulk(UInt8, [UInt8])
  /// `*` an array, `~` a set, `>` a push, `%` a map (as twice as many children), `|` attributes.
  case list(UInt8, [RawReply])

  package var marker: UInt8 {
    switch self {
    case .line(let marker, _), .bulk(let marker, _), .list(let marker, _): marker
    }
  }

  package var children: [RawReply]? {
    if case .list(_, let children) = self { children } else { nil }
  }

  /// Of a string, an error, a status, a number.
  package var bytes: [UInt8]? {
    switch self {
    case .line(_, let bytes), .bulk(_, let bytes): bytes
    case .list: nil
    }
  }

  package var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
  package var integer: Int? { marker == UInt8(ascii: ":") ? text.flatMap { Int($0) } : nil }
  package var isError: Bool { marker == UInt8(ascii: "-") || marker == UInt8(ascii: "!") }

  /// Whether these bytes occur in any part of the reply.
  package func contains(_ wanted: [UInt8]) -> Bool {
    switch self {
    case .line(_, let bytes), .bulk(_, let bytes): bytes.containsRun(wanted)
    case .list(_, let children): children.contains { $0.contains(wanted) }
    }
  }
}

extension RawReply: CustomStringConvertible {
  package var description: String {
    switch self {
    case .line(let marker, let bytes): "\(UnicodeScalar(marker))\(bytes.printable)"
    case .bulk(let marker, let bytes): "\(UnicodeScalar(marker))\"\(bytes.printable)\""
    case .list(let marker, let children):
      "\(UnicodeScalar(marker))[\(children.map(\.description).joined(separator: ", "))]"
    }
  }
}

extension [UInt8] {
  /// Bytes for a reader: everything that is not plain ASCII as `\xHH`, and the middle of long ones left out.
  package var printable: String {
    if count > 400 { return "\(Array(prefix(300)).printable)…(\(count) bytes)…\(Array(suffix(40)).printable)" }
    return map { byte in
      switch byte {
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): "\\\(UnicodeScalar(byte))"
      case 0x20..<0x7f: "\(UnicodeScalar(byte))"
      case UInt8(ascii: "\r"): "\\r"
      case UInt8(ascii: "\n"): "\\n"
      default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }.joined()
  }

  func containsRun(_ wanted: [UInt8]) -> Bool {
    guard let first = wanted.first, count >= wanted.count else { return wanted.isEmpty }
    return withUnsafeBufferPointer { bytes in
      (0...bytes.count - wanted.count).contains { start in
        bytes[start] == first && wanted.indices.allSatisfy { bytes[start + $0] == wanted[$0] }
      }
    }
  }
}
