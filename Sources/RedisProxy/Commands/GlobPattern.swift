/// Redis' own matching of patterns (`stringmatchlen` of 7.0): `*`, `?`, `[a-z]`, `[^a-z]`, `\x`, byte by byte.
///
/// Everything but `*` stands for one byte, so that of several stars only the last one reached has to be tried again: no
/// recursion, and at most as many steps as the lengths' product.
enum GlobPattern {
  static func matches(_ pattern: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer) -> Bool {
    var steps = Int.max
    return matches(pattern, text, &steps)
  }

  /// - Parameter steps: how many it may take, each for a byte of the pattern, and then how many are left; with less than
  ///   none, the answer is not known.
  static func matches(
    _ pattern: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer, _ steps: inout Int
  ) -> Bool {
    guard steps >= 0 else { return false }
    // Redis does not even look at the pattern then.
    if text.isEmpty { return pattern.isEmpty }
    var place = 0
    var index = 0
    var afterStar = -1
    var starIndex = 0
    while index < text.count {
      if place < pattern.count {
        if pattern[place] == UInt8(ascii: "*") {
          place += 1
          steps -= 1
          afterStar = place
          starIndex = index
          continue
        }
        var next = place
        defer { steps -= max(1, next - place) }
        if matchesByte(pattern, &next, text[index]) {
          place = next
          index += 1
          continue
        }
      }
      guard afterStar >= 0, steps >= 0 else { return false }
      starIndex += 1
      index = starIndex
      place = afterStar
    }
    while place < pattern.count, pattern[place] == UInt8(ascii: "*") { place += 1 }
    return place == pattern.count
  }

  /// Matches what stands at `place` with one byte, and goes behind it.
  private static func matchesByte(_ pattern: UnsafeRawBufferPointer, _ place: inout Int, _ byte: UInt8) -> Bool {
    switch pattern[place] {
    case UInt8(ascii: "?"):
      place += 1
      return true
    case UInt8(ascii: "["):
      place += 1
      return matchesSet(pattern, &place, byte)
    case UInt8(ascii: "\\") where place + 1 < pattern.count:
      place += 2
      return pattern[place - 1] == byte
    case let literal:
      place += 1
      return literal == byte
    }
  }

  /// A set that is not closed ends with the pattern.
  private static func matchesSet(_ pattern: UnsafeRawBufferPointer, _ place: inout Int, _ byte: UInt8) -> Bool {
    var isNegated = false
    if place < pattern.count, pattern[place] == UInt8(ascii: "^") {
      isNegated = true
      place += 1
    }
    var isIn = false
    while place < pattern.count, pattern[place] != UInt8(ascii: "]") {
      let rest = pattern.count - place
      if pattern[place] == UInt8(ascii: "\\"), rest >= 2 {
        place += 1
        if pattern[place] == byte { isIn = true }
      } else if rest >= 3, pattern[place + 1] == UInt8(ascii: "-") {
        let first = order(pattern[place])
        let last = order(pattern[place + 2])
        if (min(first, last)...max(first, last)).contains(order(byte)) { isIn = true }
        place += 2
      } else if pattern[place] == byte {
        isIn = true
      }
      place += 1
    }
    if place < pattern.count { place += 1 }
    return isIn != isNegated
  }

  /// Redis compares C's `char`, which is signed on x86 alone.
  private static func order(_ byte: UInt8) -> Int {
    #if arch(x86_64) || arch(i386)
      Int(Int8(bitPattern: byte))
    #else
      Int(byte)
    #endif
  }
}
