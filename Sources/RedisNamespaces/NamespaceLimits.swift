package import Core

/// How much of the server a namespace may take. The proxy enforces it; nil is no limit.
package struct NamespaceLimits: Sendable, Hashable {
  /// At a time, of all of the proxy's threads together.
  package var connections: Int?
  /// Per second. What exceeds it waits.
  package var commands: Int?
  /// Milliseconds that a script may run.
  package var scriptTime: Int?
  /// Bytes of all keys, as far as a sample tells.
  package var memory: Int?

  package static let none = NamespaceLimits()

  package init(connections: Int? = nil, commands: Int? = nil, scriptTime: Int? = nil, memory: Int? = nil) {
    self.connections = connections
    self.commands = commands
    self.scriptTime = scriptTime
    self.memory = memory
  }

  /// Which limits become what; nil where one stays as it is.
  package struct Change: Sendable, Hashable {
    package var connections: Limit?
    package var commands: Limit?
    package var scriptTime: Limit?
    package var memory: Limit?

    package init(connections: Limit?, commands: Limit?, scriptTime: Limit?, memory: Limit?) {
      self.connections = connections
      self.commands = commands
      self.scriptTime = scriptTime
      self.memory = memory
    }

    package var isEmpty: Bool { connections == nil && commands == nil && scriptTime == nil && memory == nil }
  }

  package func changed(by change: Change) -> NamespaceLimits {
    func value(_ limit: Limit?, otherwise present: Int?) -> Int? { limit.map(\.value) ?? present }
    return NamespaceLimits(
      connections: value(change.connections, otherwise: connections),
      commands: value(change.commands, otherwise: commands),
      scriptTime: value(change.scriptTime, otherwise: scriptTime), memory: value(change.memory, otherwise: memory))
  }
}

/// One limit as a person writes it.
package struct Limit: Sendable, Hashable {
  /// Nil for none.
  package let value: Int?

  private init(value: Int?) { self.value = value }

  /// - Throws: `Problem` `bad-limit` (usage) if the text is neither `none` nor a number from 1 to a million.
  package static func connections(_ text: String) throws(Problem) -> Limit {
    try parse(text, hint: "1 to 1000000, or none") { whole($0, upTo: 1_000_000) }
  }

  /// - Throws: `Problem` `bad-limit` (usage), as `connections`. `/s` may follow the number.
  package static func commands(_ text: String) throws(Problem) -> Limit {
    try parse(text, hint: "a number for each second from 1 to 10000000, such as 5000 or 5000/s; or none") { text in
      whole(text.hasSuffix("/s") ? String(text.dropLast(2)) : text, upTo: 10_000_000)
    }
  }

  /// - Throws: `Problem` `bad-limit` (usage) if the text is neither `none` nor a time from 10 ms to a day.
  package static func scriptTime(_ text: String) throws(Problem) -> Limit {
    try parse(text, hint: "a number with ms, s, min or h, from 10ms to 24h; or none") { text in
      measured(text, units: times).flatMap { (10...86_400_000).contains($0) ? $0 : nil }
    }
  }

  /// - Throws: `Problem` `bad-limit` (usage) if the text is neither `none` nor a size from 1 kB to 1 PB.
  package static func memory(_ text: String) throws(Problem) -> Limit {
    try parse(text, hint: "a number with kB, MB, GB, TB, KiB, MiB, GiB or TiB, such as 512MiB; or none") { text in
      measured(text, units: sizes).flatMap { (1000...1_000_000_000_000_000).contains($0) ? $0 : nil }
    }
  }

  /// In the largest unit that it is a whole number of, as `scriptTime` reads it.
  package static func describe(scriptTime: Int) -> String { describe(scriptTime, times) }
  /// In the largest unit that it is a whole number of, as `memory` reads it.
  package static func describe(memory: Int) -> String { describe(memory, sizes) }

  private static func parse(
    _ text: String, hint: String, _ read: (String) -> Int?
  ) throws(Problem) -> Limit {
    if text == "none" { return Limit(value: nil) }
    guard let value = read(text) else {
      throw Problem("bad-limit", .usage, "\"\(text.shortened(to: 40))\" is not a limit", hint: hint)
    }
    return Limit(value: value)
  }

  private static func whole(_ text: String, upTo most: Int) -> Int? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let value = Int(text),
      (1...most).contains(value)
    else { return nil }
    return value
  }

  private static func measured(_ text: String, units: [(name: String, factor: Int)]) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let name = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
    guard let number = whole(String(digits), upTo: .max),
      let unit = units.first(where: { $0.name.lowercased() == name })
    else { return nil }
    let (value, overflows) = number.multipliedReportingOverflow(by: unit.factor)
    return overflows ? nil : value
  }

  private static func describe(_ value: Int, _ units: [(name: String, factor: Int)]) -> String {
    let unit = units.filter { value.isMultiple(of: $0.factor) }.max { $0.factor < $1.factor } ?? units[0]
    return "\(value / unit.factor)\(unit.name)"
  }

  private static let times = [("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000)]
  private static let sizes = [
    ("B", 1), ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("KiB", 1 << 10),
    ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
  ]
}
