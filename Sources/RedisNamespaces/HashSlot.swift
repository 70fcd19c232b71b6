/// One of the 16384 shares of a Redis Cluster's key space (Redis Cluster specification, "Key distribution model").
package struct HashSlot: Sendable, Hashable, Comparable, CustomStringConvertible {
  package static let count = 16_384

  package let number: Int

  /// - Parameter number: nil is returned where it is no slot.
  package init?(_ number: Int) {
    guard (0..<Self.count).contains(number) else { return nil }
    self.number = number
  }

  /// The slot that a key belongs to: CRC16 of the text between the first `{` and the next `}`, or of the whole key
  /// where there is no such text.
  package init(ofKey key: some Collection<UInt8>) {
    number = Int(Self.checksum(Self.hashed(key))) % Self.count
  }

  /// The slot of a key that is in two pieces, where the first has no `{`.
  package init(ofKey key: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer) {
    let hashed = Self.hashed(key)
    let isTagged = hashed.count < key.count
    let crc = isTagged ? 0 : Self.checksum(prefix)
    number = Int(Self.checksum(hashed, after: crc)) % Self.count
  }

  package init(ofKey key: String) { self.init(ofKey: Array(key.utf8)) }

  package var description: String { "\(number)" }
  package static func < (left: HashSlot, right: HashSlot) -> Bool { left.number < right.number }

  private static func hashed<Key: Collection<UInt8>>(_ key: Key) -> Key.SubSequence {
    guard let open = key.firstIndex(of: UInt8(ascii: "{")) else { return key[...] }
    let start = key.index(after: open)
    guard let close = key[start...].firstIndex(of: UInt8(ascii: "}")), close > start else { return key[...] }
    return key[start..<close]
  }

  /// CRC-16/XMODEM: polynomial 0x1021, initial value 0, nothing reflected or inverted.
  static func checksum(_ bytes: some Sequence<UInt8>, after start: UInt16 = 0) -> UInt16 {
    bytes.reduce(start) { crc, byte in
      (crc << 8) ^ table[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ byte)]
    }
  }

  private static let table: [UInt16] = (0..<256).map { index in
    (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 != 0 ? (crc << 1) ^ 0x1021 : crc << 1 }
  }
}
