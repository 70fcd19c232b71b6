/// Walks over a whole reply, element by element.
struct ReplyCursor {
  struct Element {
    let type: UInt8
    /// Of bytes in a string, of elements in an aggregate (twice the pairs of a map), -1 for null; else 0.
    let count: Int
    /// Of the element's first line.
    let start: Int
    /// Where that line ends: a string's bytes or an aggregate's elements begin here.
    let body: Int
  }

  let reply: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ reply: UnsafeRawBufferPointer) { self.reply = reply }

  /// Reads the element here and goes behind its first line, and behind its bytes if it is a string. Nil at the end, and for
  /// what is no reply.
  mutating func next() -> Element? {
    let start = position
    guard start < reply.count else { return nil }
    var end = start + 1
    // As the scanner sees it: a `\r` alone ends nothing.
    while end + 1 < reply.count, reply[end] != UInt8(ascii: "\r") || reply[end + 1] != UInt8(ascii: "\n") { end += 1 }
    guard end + 1 < reply.count else { return nil }
    let body = end + 2
    position = body
    let type = reply[start]
    switch type {
    case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
      guard let count = number(start, end), count < 0 || count <= reply.count - body - 2 else { return nil }
      if count >= 0 { position = body + count + 2 }
      return Element(type: type, count: count, start: start, body: body)
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
      guard let count = number(start, end) else { return nil }
      return Element(type: type, count: count, start: start, body: body)
    case UInt8(ascii: "%"), UInt8(ascii: "|"):
      guard let count = number(start, end) else { return nil }
      return Element(type: type, count: 2 * count, start: start, body: body)
    default: return Element(type: type, count: 0, start: start, body: body)
    }
  }

  /// Goes behind a whole element with all that is in it.
  /// - Returns: false if there is none.
  mutating func skip() -> Bool {
    var missing = 1
    while missing > 0 {
      guard let element = next() else { return false }
      missing -= 1
      switch element.type {
      case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"): missing += max(element.count, 0)
      case UInt8(ascii: "|"): missing += element.count + 1
      default: break
      }
    }
    return true
  }

  /// The bytes of a string.
  func bytes(of element: Element) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: reply[element.body..<element.body + max(element.count, 0)])
  }

  /// What was passed since a position.
  func passed(from start: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: reply[start..<position]) }

  private func number(_ start: Int, _ end: Int) -> Int? {
    guard let number = Decimal.read(UnsafeRawBufferPointer(rebasing: reply[start + 1..<end])),
      (-1...Int(Int32.max)).contains(number)
    else { return nil }
    return number
  }
}
