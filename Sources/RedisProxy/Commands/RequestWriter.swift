/// Writes requests for a server.
enum RequestWriter {
  /// The request with the prefix in front of each of the keys.
  static func append(
    _ request: Request, keys: borrowing IndexList, prefix: UnsafeRawBufferPointer, to queue: inout ByteQueue
  ) {}

  /// The command's name and a part of its arguments, with the prefix in front of each `step`-th from the first: one share of a
  /// command that is split among slots.
  ///
  /// - Parameter places: indexes of keys; `step - 1` arguments after each belong to it.
  static func append(
    _ request: Request, share places: borrowing IndexList, step: Int, prefix: UnsafeRawBufferPointer,
    to queue: inout ByteQueue
  ) {}
}

extension ByteQueue {
  /// `*n`
  mutating func append(arrayOf count: Int) {
    append(byte: UInt8(ascii: "*"))
    append(decimal: count)
    append("\r\n")
  }

  /// `$n` and the bytes.
  mutating func append(bulk bytes: UnsafeRawBufferPointer) {
    append(byte: UInt8(ascii: "$"))
    append(decimal: bytes.count)
    append("\r\n")
    append(bytes)
    append("\r\n")
  }

  mutating func append(bulk text: StaticString) {
    append(bulk: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// `$n` and both, one after the other.
  mutating func append(bulk prefix: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer) {
    append(byte: UInt8(ascii: "$"))
    append(decimal: prefix.count + bytes.count)
    append("\r\n")
    append(prefix)
    append(bytes)
    append("\r\n")
  }
}
