/// Words in requests, compared as Redis does (`strcasecmp`): in either case, and only up to a zero byte.
enum OptionWord {
  /// - Parameter word: in lower case.
  static func equals(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard bytes.count >= count, bytes.count == count || bytes[count] == 0 else { return false }
    for index in 0..<count {
      let byte = bytes[index]
      let isUpperCase = byte &- UInt8(ascii: "A") < 26
      guard (isUpperCase ? byte | 0x20 : byte) == word.utf8Start[index] else { return false }
    }
    return true
  }
}
