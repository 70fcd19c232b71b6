/// Reads the options of `SORT` in their order, as the command does.
struct SortOptions {
  enum Option {
    case ascending, descending, alphabetic
    /// With the index of the first of its arguments.
    case limit(Int)
    case by(Int)
    case get(Int)
    case store(Int)
    /// A syntax error at this argument.
    case invalid(Int)
  }

  private let request: Request
  private var index = 2

  init(_ request: Request) { self.request = request }

  mutating func next() -> Option? {
    guard index < request.count else { return nil }
    let word = request[index]
    let rest = request.count - index - 1
    let place = index
    index += 1
    if OptionWord.equals(word, "asc") { return .ascending }
    if OptionWord.equals(word, "desc") { return .descending }
    if OptionWord.equals(word, "alpha") { return .alphabetic }
    if rest >= 2, OptionWord.equals(word, "limit") {
      index += 2
      return .limit(place + 1)
    }
    if rest >= 1 {
      index += 1
      // `SORT_RO` refuses STORE itself: a syntax error, whatever stands behind it.
      if OptionWord.equals(word, "store") { return .store(place + 1) }
      if OptionWord.equals(word, "by") { return .by(place + 1) }
      if OptionWord.equals(word, "get") { return .get(place + 1) }
    }
    index = request.count
    return .invalid(place)
  }

  /// Redis looks no further than to a zero byte.
  static func hasStar(_ pattern: UnsafeRawBufferPointer) -> Bool {
    for byte in pattern {
      if byte == UInt8(ascii: "*") { return true }
      if byte == 0 { return false }
    }
    return false
  }
}
