/// What a client may send at most.
struct RequestLimits {
  /// Redis 7.0 itself would take 2^31 - 1, which is no bound.
  var arguments = 1_048_576
  /// Of one argument. A little less than Redis' own `proto-max-bulk-len` of 512 MiB, so that a key is not longer with its
  /// prefix: the server would close a connection that others share.
  var argumentBytes = 512 * 1024 * 1024 - 1024
  /// Of a whole request with its framing. Below 2 GiB.
  var requestBytes = 513 * 1024 * 1024
  /// Redis' own limits for clients that have not logged in.
  var unauthenticatedArguments = 10
  var unauthenticatedArgumentBytes = 16_384
}

/// Reads requests as Redis 7.0 does (`processMultibulkBuffer`, `processInlineBuffer`), also where that is lenient: it looks
/// for `\r` alone, takes any two bytes for a line end, and does not see beyond a zero byte in a line.
///
/// An unfinished request is read on from where it stopped, and its arguments are noted in memory that is used again.
struct RequestParser: ~Copyable {
  enum Outcome {
    case incomplete
    /// A blank line or an empty array, which is not answered.
    case nothing(byteCount: Int)
    case request(Request)
    case failure(ProtocolFailure)
  }

  static let maximalLineLength = 65_536

  var limits: RequestLimits
  var isAuthenticated = false

  /// Where to read on in the unfinished request.
  private var position = 0
  /// How far the line at `position` was searched for its end.
  private var searched = 0
  /// Of arguments; negative as long as the request's first line was not read.
  private var missing = -1
  /// Of the argument at `position`; negative as long as its length was not read.
  private var bulkLength = -1
  private var isCanonical = true
  private var arguments: UnsafeMutablePointer<ArgumentRange>
  private var count = 0
  private var capacity: Int
  /// The arguments of an inline request, without their quotes.
  private var inline = ByteQueue()
  /// How many more bytes the unfinished request needs at least, where that is known; else 0.
  private(set) var missingByteCount = 0

  init(limits: RequestLimits) {
    self.limits = limits
    capacity = Self.initialCapacity
    arguments = .allocate(capacity: capacity)
  }

  deinit { arguments.deallocate() }

  /// - Parameter bytes: starts at the first byte of the unfinished request each time.
  mutating func parse(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return .incomplete }
    if missing < 0 {
      if position == 0 { prepareMemory() }
      guard base.load(as: UInt8.self) == UInt8(ascii: "*") else { return parseInline(base, bytes.count) }
      switch readLength(after: UInt8(ascii: "*"), base, bytes.count) {
      case .incomplete: return .incomplete
      case .failure(let failure): return .failure(failure)
      case .number(let number, let end):
        guard let number, number <= Int(Int32.max), number <= limits.arguments else {
          return fail(.invalidMultibulkLength)
        }
        if number > limits.unauthenticatedArguments, !isAuthenticated { return fail(.unauthenticatedMultibulkLength) }
        if number <= 0 {
          reset()
          return .nothing(byteCount: end)
        }
        position = end
        searched = end
        missing = number
      }
    }
    return parseArguments(base, bytes.count)
  }

  @inline(__always)
  private mutating func parseArguments(_ base: UnsafeRawPointer, _ available: Int) -> Outcome {
    while missing > 0 {
      if bulkLength < 0 {
        switch readLength(after: UInt8(ascii: "$"), base, available) {
        case .incomplete: return .incomplete
        case .failure(let failure): return .failure(failure)
        case .number(let number, let end):
          let mark = base.load(fromByteOffset: position, as: UInt8.self)
          guard mark == UInt8(ascii: "$") else { return fail(.expectedBulk, found: mark) }
          guard let number, number >= 0, number <= limits.argumentBytes else { return fail(.invalidBulkLength) }
          if number > limits.unauthenticatedArgumentBytes, !isAuthenticated { return fail(.unauthenticatedBulkLength) }
          guard end + number + 2 <= limits.requestBytes else { return fail(.tooBigRequest) }
          position = end
          bulkLength = number
        }
      }
      let end = position + bulkLength
      guard end + 2 <= available else {
        missingByteCount = end + 2 - available
        return .incomplete
      }
      if base.loadUnaligned(fromByteOffset: end, as: UInt16.self) != Self.lineEnd { isCanonical = false }
      if count == capacity { grow() }
      arguments[count] = ArgumentRange(
        start: Int32(truncatingIfNeeded: position), count: Int32(truncatingIfNeeded: bulkLength))
      count += 1
      missing -= 1
      bulkLength = -1
      position = end + 2
      searched = position
    }
    let request = Request(
      base: base, arguments: UnsafeBufferPointer(start: arguments, count: count), isInline: !isCanonical,
      byteCount: position)
    reset()
    return .request(request)
  }

  private enum Length {
    case incomplete
    /// Nil for what is no number. The end is that of the line.
    case number(Int?, end: Int)
    case failure(ProtocolFailure)
  }

  /// Reads the number in the line at `position`, which should begin with the mark.
  @inline(__always)
  private mutating func readLength(after mark: UInt8, _ base: UnsafeRawPointer, _ available: Int) -> Length {
    // Nearly every length has one to nine digits, and is there as a whole.
    let start = position + 1
    let limit = min(available - 1, start + 10)
    if start < limit, base.load(fromByteOffset: position, as: UInt8.self) == mark {
      var place = start
      var value = 0
      while place < limit {
        let byte = base.load(fromByteOffset: place, as: UInt8.self)
        let digit = byte &- UInt8(ascii: "0")
        if digit > 9 {
          let hasLeadingZero =
            base.load(fromByteOffset: start, as: UInt8.self) == UInt8(ascii: "0") && place > start + 1
          guard byte == UInt8(ascii: "\r"), place > start, !hasLeadingZero else { break }
          if base.load(fromByteOffset: place + 1, as: UInt8.self) != UInt8(ascii: "\n") { isCanonical = false }
          return .number(value, end: place + 2)
        }
        value = value &* 10 &+ Int(digit)
        place += 1
      }
    }
    return readAnyLength(after: mark, base, available)
  }

  @inline(never)
  private mutating func readAnyLength(after mark: UInt8, _ base: UnsafeRawPointer, _ available: Int) -> Length {
    let end = findLineEnd(UInt8(ascii: "\r"), base, available)
    guard end >= 0 else {
      guard available - position > Self.maximalLineLength else { return .incomplete }
      reset()
      return .failure(ProtocolFailure(kind: mark == UInt8(ascii: "*") ? .tooBigCountString : .tooBigBulkCountString))
    }
    guard end + 2 <= available else { return .incomplete }
    if base.load(fromByteOffset: end + 1, as: UInt8.self) != UInt8(ascii: "\n") { isCanonical = false }
    let number = end > position ? Decimal.read(base + position + 1, count: end - position - 1) : nil
    return .number(number, end: end + 2)
  }

  /// Where the byte is in the line that begins at `position`, or -1. Like Redis, it does not look beyond a zero byte.
  private mutating func findLineEnd(_ byte: UInt8, _ base: UnsafeRawPointer, _ available: Int) -> Int {
    var place = max(searched, position)
    while place < available {
      let next = base.load(fromByteOffset: place, as: UInt8.self)
      if next == byte {
        searched = place
        return place
      }
      if next == 0 { break }
      place += 1
    }
    searched = place
    return -1
  }

  @inline(never)
  private mutating func parseInline(_ base: UnsafeRawPointer, _ available: Int) -> Outcome {
    let end = findLineEnd(UInt8(ascii: "\n"), base, available)
    guard end >= 0 else {
      return available > Self.maximalLineLength ? fail(.tooBigInlineRequest) : .incomplete
    }
    let hasReturn = end > 0 && base.load(fromByteOffset: end - 1, as: UInt8.self) == UInt8(ascii: "\r")
    let line = UnsafeRawBufferPointer(start: base, count: hasReturn ? end - 1 : end)
    // What is split is never longer than the line.
    inline.removeAll()
    _ = inline.reserve(line.count + 1)
    var splitter = InlineSplitter(line)
    while true {
      let start = inline.count
      switch splitter.next(into: &inline) {
      case .end:
        guard count > 0 else {
          reset()
          return .nothing(byteCount: end + 1)
        }
        guard let address = inline.readable.baseAddress else { return .incomplete }
        let request = Request(
          base: address, arguments: UnsafeBufferPointer(start: arguments, count: count), isInline: true,
          byteCount: end + 1)
        reset()
        return .request(request)
      case .unbalanced: return fail(.unbalancedQuotes)
      case .argument:
        if count == capacity { grow() }
        arguments[count] = ArgumentRange(
          start: Int32(truncatingIfNeeded: start), count: Int32(truncatingIfNeeded: inline.count - start))
        count += 1
      }
    }
  }

  /// The arguments stay as they are, since the request that they make is in use until the next call.
  @inline(__always)
  private mutating func reset() {
    position = 0
    searched = 0
    missing = -1
    bulkLength = -1
    isCanonical = true
    missingByteCount = 0
  }

  private mutating func fail(_ kind: ProtocolFailure.Kind, found: UInt8 = 0) -> Outcome {
    reset()
    return .failure(ProtocolFailure(kind: kind, found: found))
  }

  @inline(__always)
  private mutating func prepareMemory() {
    count = 0
    if capacity > Self.keptCapacity {
      arguments.deallocate()
      capacity = Self.initialCapacity
      arguments = .allocate(capacity: capacity)
    }
    inline.removeAll()
    inline.shrinkWhenEmpty(keeping: 4096)
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<ArgumentRange>.allocate(capacity: capacity * 2)
    larger.update(from: arguments, count: count)
    arguments.deallocate()
    arguments = larger
    capacity *= 2
  }

  private static let initialCapacity = 16
  private static let keptCapacity = 1024
  /// `\r\n` as it is loaded.
  private static let lineEnd = UInt16(littleEndian: 0x0A0D)
}
