/// Bytes on their way: appended at one end, consumed at the other, in one block of memory. The block grows by doubling and
/// is used again, so that nothing is allocated while the queue stays about as full as it was.
///
/// Pointers into it are good until the next call that is not `consume`.
struct ByteQueue: ~Copyable {
  private var block: UnsafeMutableRawPointer?
  private(set) var capacity = 0
  private var start = 0
  private var end = 0

  init() {}

  deinit { block?.deallocate() }

  var count: Int { end - start }
  var isEmpty: Bool { start == end }

  var readable: UnsafeRawBufferPointer {
    guard let block else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: block + start, count: end - start)
  }

  /// Drops the first bytes.
  mutating func consume(_ byteCount: Int) {
    start += min(byteCount, end - start)
    if start == end {
      start = 0
      end = 0
    }
  }

  mutating func removeAll() {
    start = 0
    end = 0
  }

  /// Forgets what was appended after the queue had `count` bytes.
  mutating func truncate(to count: Int) { end = start + min(count, end - start) }

  /// All free room, of at least `byteCount` bytes. What is written to its beginning is in the queue after `commit`.
  @inline(__always)
  mutating func reserve(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    if byteCount > capacity - end || block == nil { makeRoom(byteCount) }
    return UnsafeMutableRawBufferPointer(start: block.unsafelyUnwrapped + end, count: capacity - end)
  }

  @inline(__always)
  mutating func commit(_ byteCount: Int) { end += min(byteCount, capacity - end) }

  @inline(__always)
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    let room = reserve(bytes.count)
    room.baseAddress.unsafelyUnwrapped.copyMemory(from: source, byteCount: bytes.count)
    end += bytes.count
  }

  mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(byte: UInt8) {
    reserve(1)[0] = byte
    end += 1
  }

  /// The number in decimal digits.
  @inline(__always)
  mutating func append(decimal number: Int) {
    let room = reserve(Decimal.maximalLength)
    end += Decimal.write(number, to: room.baseAddress.unsafelyUnwrapped)
  }

  /// Replaces each occurrence of some bytes, from the `start`-th of the queue on, by as many others.
  mutating func overwrite(_ old: [UInt8], with new: [UInt8], from start: Int) {
    guard let block, !old.isEmpty, old.count == new.count else { return }
    let bytes = UnsafeMutableRawBufferPointer(start: block + self.start, count: count)
    var place = start
    while place + old.count <= bytes.count {
      if bytes[place] == old[0], bytes[place..<place + old.count].elementsEqual(old) {
        for index in new.indices { bytes[place + index] = new[index] }
        place += old.count
      } else {
        place += 1
      }
    }
  }

  /// Gives back the memory of an empty queue that has grown beyond `keeping` bytes.
  mutating func shrinkWhenEmpty(keeping: Int = 65_536) {
    guard isEmpty, capacity > keeping else { return }
    block?.deallocate()
    block = nil
    capacity = 0
  }

  @inline(never)
  private mutating func makeRoom(_ byteCount: Int) {
    let used = end - start
    if let block, capacity - used >= byteCount, start >= capacity / 2 {
      block.copyMemory(from: block + start, byteCount: used)
    } else {
      capacity = max(capacity * 2, 1 << (Int.bitWidth - (max(used + byteCount, 1024) - 1).leadingZeroBitCount))
      let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
      if let block {
        larger.copyMemory(from: block + start, byteCount: used)
        block.deallocate()
      }
      block = larger
    }
    start = 0
    end = used
  }
}
