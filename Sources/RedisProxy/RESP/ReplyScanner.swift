/// Finds where a server's reply ends, in RESP2 and RESP3, without reading more of it than its frame. An unfinished reply is
/// read on from where it stopped.
struct ReplyScanner {
  enum Outcome: Equatable {
    case incomplete
    /// With the attributes in front of it.
    case reply(byteCount: Int)
    /// What the server sent is no reply that Redis sends: the connection is of no use any more.
    case failure
  }

  /// Whether the reply is a push, which answers no request.
  private(set) var isPush = false
  /// Where to read on. It may be beyond the bytes that are there, in a string that is not there as a whole.
  private var position = 0
  /// How far the line at `position` was searched for its end.
  private var searched = 0
  /// Of elements, with those of the aggregates that were opened. Nesting takes no memory, and so needs no bound.
  private var missing = 1
  /// Only attributes were read so far.
  private var isAtStart = true

  init() {}

  /// How many bytes the unfinished reply has at least.
  var knownByteCount: Int { position }

  /// - Parameter bytes: starts at the first byte of the unfinished reply each time.
  mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    guard let base = bytes.baseAddress else { return .incomplete }
    if isAtStart { isPush = false }
    while missing > 0 {
      let end = findLineEnd(base, bytes.count)
      guard end >= 0 else { return .incomplete }
      guard readElement(base, lineEnd: end) else { return .failure }
    }
    guard position <= bytes.count else { return .incomplete }
    guard base.loadUnaligned(fromByteOffset: position - 2, as: UInt16.self) == Self.lineEnd else { return .failure }
    let outcome = Outcome.reply(byteCount: position)
    position = 0
    searched = 0
    missing = 1
    isAtStart = true
    return outcome
  }

  /// Reads the element at `position` and goes behind it.
  @inline(__always)
  private mutating func readElement(_ base: UnsafeRawPointer, lineEnd: Int) -> Bool {
    let type = base.load(fromByteOffset: position, as: UInt8.self)
    let start = position + 1
    missing -= 1
    position = lineEnd + 2
    searched = position
    switch type {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "#"),
      UInt8(ascii: "_"), UInt8(ascii: "("):
      break
    case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
      guard let count = Self.length(base, start, lineEnd, isNullable: type == UInt8(ascii: "$")) else { return false }
      if count >= 0 { position += count + 2 }
    case UInt8(ascii: "*"), UInt8(ascii: "~"):
      guard let count = Self.length(base, start, lineEnd, isNullable: type == UInt8(ascii: "*")) else { return false }
      missing += max(count, 0)
    case UInt8(ascii: ">"):
      guard let count = Self.length(base, start, lineEnd, isNullable: false), isAtStart else { return false }
      missing += count
      isPush = true
    case UInt8(ascii: "%"), UInt8(ascii: "|"):
      guard let count = Self.length(base, start, lineEnd, isNullable: false) else { return false }
      missing += 2 * count
      if type == UInt8(ascii: "|") {
        // It stands beside what it is about.
        missing += 1
        return true
      }
    default: return false
    }
    isAtStart = false
    return true
  }

  /// Where the `\r` is of the line at `position`, with its `\n`; or -1 if that is not there yet.
  @inline(__always)
  private mutating func findLineEnd(_ base: UnsafeRawPointer, _ available: Int) -> Int {
    var place = max(searched, position)
    while place + 1 < available {
      if base.loadUnaligned(fromByteOffset: place, as: UInt16.self) == Self.lineEnd { return place }
      place += 1
    }
    searched = place
    return -1
  }

  /// The count in a line; -1 where null is meant; nil if it is no count, as that of a streamed type.
  @inline(__always)
  private static func length(_ base: UnsafeRawPointer, _ start: Int, _ end: Int, isNullable: Bool) -> Int? {
    guard let number = Decimal.read(base + start, count: end - start), number <= maximalLength,
      number >= 0 || number == -1 && isNullable
    else { return nil }
    return number
  }

  private static let maximalLength = Int(Int32.max)
  /// `\r\n` as it is loaded.
  private static let lineEnd = UInt16(littleEndian: 0x0A0D)
}
