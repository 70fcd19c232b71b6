/// Splits a line into arguments as Redis does (`sdssplitargs`): at blanks, with `"…"` (escapes `\n \r \t \b \a \xHH`) and `'…'`
/// (escape `\'`), after whose end a blank must come.
struct InlineSplitter {
  enum Outcome { case argument, end, unbalanced }

  private let line: UnsafeRawBufferPointer
  private var place = 0

  init(_ line: UnsafeRawBufferPointer) { self.line = line }

  /// Appends the next argument.
  mutating func next(into queue: inout ByteQueue) -> Outcome {
    while isBlank(line(at: place)) { place += 1 }
    guard place < line.count else { return .end }
    while place < line.count {
      switch line[place] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): return .argument
      case UInt8(ascii: "\""):
        place += 1
        return readDoubleQuoted(into: &queue) ? .argument : .unbalanced
      case UInt8(ascii: "'"):
        place += 1
        return readSingleQuoted(into: &queue) ? .argument : .unbalanced
      case let byte:
        queue.append(byte: byte)
        place += 1
      }
    }
    return .argument
  }

  private mutating func readDoubleQuoted(into queue: inout ByteQueue) -> Bool {
    while place < line.count {
      let byte = line[place]
      if byte == UInt8(ascii: "\"") { return endQuote() }
      guard byte == UInt8(ascii: "\\"), place + 1 < line.count else {
        queue.append(byte: byte)
        place += 1
        continue
      }
      if line[place + 1] == UInt8(ascii: "x"), let high = digit(at: place + 2), let low = digit(at: place + 3) {
        queue.append(byte: high << 4 | low)
        place += 4
      } else {
        queue.append(byte: Self.unescaped(line[place + 1]))
        place += 2
      }
    }
    return false
  }

  private mutating func readSingleQuoted(into queue: inout ByteQueue) -> Bool {
    while place < line.count {
      let byte = line[place]
      if byte == UInt8(ascii: "'") { return endQuote() }
      if byte == UInt8(ascii: "\\"), line(at: place + 1) == UInt8(ascii: "'") { place += 1 }
      queue.append(byte: line[place])
      place += 1
    }
    return false
  }

  private mutating func endQuote() -> Bool {
    place += 1
    return place == line.count || isBlank(line[place])
  }

  private func line(at place: Int) -> UInt8 { place < line.count ? line[place] : 0 }

  private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }

  private func digit(at place: Int) -> UInt8? {
    let byte = line(at: place)
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): return byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): return byte - UInt8(ascii: "A") + 10
    default: return nil
    }
  }

  private static func unescaped(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "n"): UInt8(ascii: "\n")
    case UInt8(ascii: "r"): UInt8(ascii: "\r")
    case UInt8(ascii: "t"): UInt8(ascii: "\t")
    case UInt8(ascii: "b"): 8
    case UInt8(ascii: "a"): 7
    default: byte
    }
  }
}
