/// All commands of Redis 7.0, found by their names without allocation. Never changes after it was made.
struct CommandTable: @unchecked Sendable {
  // Sendable: the memory behind the pointers is written in `init` only, and never freed.
  static let shared = CommandTable()

  private let specs: UnsafeMutableBufferPointer<CommandSpec>
  /// Open addressing: indexes of `specs`, or -1.
  private let places: UnsafeMutablePointer<Int16>

  private static let placeBits: UInt32 = 11

  private init() {
    let entries = CommandList.sections.flatMap(CommandEntryReader.read)
    specs = .allocate(capacity: entries.count)
    _ = specs.initialize(from: entries)
    places = .allocate(capacity: 1 << Self.placeBits)
    places.initialize(repeating: -1, count: 1 << Self.placeBits)
    for index in specs.indices {
      let name = specs[index].name
      var start = 0
      var seed: UInt32 = 0
      if let separator = name.firstIndex(of: UInt8(ascii: "|")) {
        start = separator + 1
        let container = place(of: UnsafeRawBufferPointer(rebasing: name[..<separator]), in: nil, seed: 0)
        guard let container else { continue }
        specs[container].flags.insert(.container)
        seed = UInt32(container)
      }
      var place = Self.hash(UnsafeRawBufferPointer(rebasing: name[start...]), seed: seed)
      while places[place] >= 0 { place = Self.next(place) }
      places[place] = Int16(index)
    }
    let growing = Set(GrowingCommands.names)
    for index in specs.indices where growing.contains(String(decoding: specs[index].name, as: UTF8.self)) {
      specs[index].flags.insert(.growsData)
    }
  }

  /// A command by its name in upper or lower case, or nil. Of a container it is the container itself.
  @inline(__always)
  func find(_ name: UnsafeRawBufferPointer) -> UnsafePointer<CommandSpec>? {
    guard let index = place(of: name, in: nil, seed: 0) else { return nil }
    return UnsafePointer(specs.baseAddress.unsafelyUnwrapped + index)
  }

  /// The command of a request; of a container with a second argument, its subcommand. Nil if there is none, which
  /// `CommandErrors.appendUnknown` tells the client.
  @inline(__always)
  func find(_ request: Request) -> UnsafePointer<CommandSpec>? {
    guard let spec = find(request[0]) else { return nil }
    guard spec.pointee.flags.contains(.container), request.count > 1 else { return spec }
    let container = spec - UnsafePointer(specs.baseAddress.unsafelyUnwrapped)
    guard let index = place(of: request[1], in: spec.pointee.name, seed: UInt32(container)) else { return nil }
    return UnsafePointer(specs.baseAddress.unsafelyUnwrapped + index)
  }

  /// Every command and subcommand.
  var all: UnsafeBufferPointer<CommandSpec> { UnsafeBufferPointer(specs) }

  @inline(__always)
  private func place(of name: UnsafeRawBufferPointer, in container: UnsafeRawBufferPointer?, seed: UInt32) -> Int? {
    guard name.count > 0 else { return nil }
    var place = Self.hash(name, seed: seed)
    while true {
      let index = Int(places[place])
      guard index >= 0 else { return nil }
      if Self.isName(name, of: specs[index].name, in: container) { return index }
      place = Self.next(place)
    }
  }

  @inline(__always)
  private static func isName(
    _ name: UnsafeRawBufferPointer, of full: UnsafeRawBufferPointer, in container: UnsafeRawBufferPointer?
  ) -> Bool {
    guard let container else { return equal(name, full, from: 0) }
    return full.count > container.count && full[container.count] == UInt8(ascii: "|")
      && full[..<container.count].elementsEqual(container) && equal(name, full, from: container.count + 1)
  }

  /// - Parameter full: in lower case.
  @inline(__always)
  private static func equal(_ name: UnsafeRawBufferPointer, _ full: UnsafeRawBufferPointer, from start: Int) -> Bool {
    guard name.count == full.count - start else { return false }
    var index = 0
    while index < name.count {
      let byte = name[index]
      let isUpperCase = byte &- UInt8(ascii: "A") < 26
      guard (isUpperCase ? byte | 0x20 : byte) == full[start + index] else { return false }
      index += 1
    }
    return true
  }

  /// Of the length and three letters, in either case. The few names that share them stand one after the other.
  @inline(__always)
  private static func hash(_ name: UnsafeRawBufferPointer, seed: UInt32) -> Int {
    let first = UInt32(name[0] | 0x20)
    let middle = UInt32(name[name.count / 2] | 0x20)
    let last = UInt32(name[name.count - 1] | 0x20)
    let letters = first | middle << 8 | last << 16 | UInt32(truncatingIfNeeded: name.count) << 24
    return Int(((letters &+ seed &* 0x85EB_CA6B) &* 0x9E37_79B1) >> (32 - placeBits))
  }

  @inline(__always)
  private static func next(_ place: Int) -> Int { (place + 1) & (1 << placeBits - 1) }
}
