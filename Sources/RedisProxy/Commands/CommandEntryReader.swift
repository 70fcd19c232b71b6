/// Reads the notation of `CommandList`.
enum CommandEntryReader {
  static func read(_ section: CommandList.Section) -> [CommandSpec] {
    let text = UnsafeRawBufferPointer(start: section.entries.utf8Start, count: section.entries.utf8CodeUnitCount)
    return text.split(separator: UInt8(ascii: ",")).compactMap { entry in
      let words = entry.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
      guard words.count >= 2 else { return nil }
      let arity = words[1].prefix { $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      var flags: CommandFlags = []
      for letter in words[1][arity.endIndex...] {
        switch letter {
        case UInt8(ascii: "w"): flags.insert(.write)
        case UInt8(ascii: "r"): flags.insert(.readOnly)
        case UInt8(ascii: "l"): flags.insert(.noLogin)
        default: return nil
        }
      }
      guard let number = Int16(text: arity), let keys = keyRule(words.count > 2 ? words[2] : nil) else { return nil }
      return CommandSpec(
        name: UnsafeRawBufferPointer(rebasing: words[0]), arity: number, flags: flags, keys: keys, split: section.split,
        handling: section.handling)
    }
  }

  private static func keyRule(_ word: Slice<UnsafeRawBufferPointer>?) -> KeyRule? {
    guard let word else { return KeyRule.none }
    let text = String(decoding: word, as: UTF8.self)
    if text == "streams" { return .streams }
    if text == "sort" { return .sort }
    if text.hasPrefix("geo") { return Int8(text.dropFirst(3)).map(KeyRule.geoRadius) }
    if let mark = text.firstIndex(of: "#") {
      return Int8(text[text.index(after: mark)...]).map { .counted(at: $0, destination: text.hasPrefix("1+")) }
    }
    let parts = text.split(separator: "/")
    let ends = parts[0].split(separator: ".")
    guard let first = Int8(ends[0]), let last = Int8(ends[ends.count - 1]) else { return nil }
    return .range(first: first, last: last, step: parts.count > 1 ? Int8(parts[1]) ?? 1 : 1)
  }
}

extension Int16 {
  fileprivate init?(text: Slice<UnsafeRawBufferPointer>) { self.init(String(decoding: text, as: UTF8.self)) }
}
