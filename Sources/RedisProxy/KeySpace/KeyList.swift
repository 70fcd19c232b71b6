/// All keys of a database as the server listed them.
struct KeyList {
  /// Without the prefix.
  private let keys: [[UInt8]]

  init(_ reply: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer) {
    var cursor = ReplyCursor(reply)
    var keys: [[UInt8]] = []
    _ = cursor.next()
    while let element = cursor.next() {
      if let key = ReplyTranslator.stripped(cursor.bytes(of: element), prefix) { keys.append(Array(key)) }
    }
    self.keys = keys
  }

  /// The reply of `KEYS`.
  func append(matching pattern: [UInt8], to queue: inout ByteQueue) {
    guard let found = KeyFilter(pattern, for: keys.lazy.map(\.count)).filter(keys, { $0[...] }) else {
      return queue.append(KeyFilter.tooSlow)
    }
    queue.append(arrayOf: found.count)
    for key in found { key.withUnsafeBytes { queue.append(bulk: $0) } }
  }

  var isEmpty: Bool { keys.isEmpty }

  /// The reply of `SCAN`. All are of its type.
  func append(pageOf scan: ScanRequest, to queue: inout ByteQueue) {
    let sorted = keys.map { (place: ScanOrder.place(of: $0[...]), key: $0) }.sorted { $0.place < $1.place }
    let (range, next) = ScanOrder.page(sorted.map(\.place), from: scan.cursor, count: scan.count)
    KeyList(sorted[range].map(\.key)).append(page: next, matching: scan.pattern, to: &queue)
  }

  /// The reply of `SCAN` with these keys, and the cursor of what follows them.
  func append(page cursor: UInt64, matching pattern: [UInt8]?, to queue: inout ByteQueue) {
    guard let found = KeyFilter(pattern, for: keys.lazy.map(\.count)).filter(keys, { $0[...] }) else {
      return queue.append(KeyFilter.tooSlow)
    }
    queue.append(arrayOf: 2)
    queue.append(bulk: "\(cursor)")
    queue.append(arrayOf: found.count)
    for key in found { key.withUnsafeBytes { queue.append(bulk: $0) } }
  }

  private init(_ keys: [[UInt8]]) { self.keys = keys }
}

/// Which keys a pattern of `KEYS` or `SCAN` means.
struct KeyFilter {
  /// Nil for all: Redis takes `*` for no pattern at all, so that it means the empty key as well.
  private let pattern: [UInt8]?
  private let mostSteps: Int

  static let tooSlow: StaticString = "-ERR the pattern takes too long to match\r\n"

  /// - Parameter lengths: of the keys that it is held against. The time it may take grows with them and not with their
  ///   product with the pattern's, which one client could keep all others waiting by.
  init(_ pattern: [UInt8]?, for lengths: some Sequence<Int>) {
    self.pattern = pattern == Array("*".utf8) ? nil : pattern
    mostSteps = lengths.reduce(1_000_000) { $0 + 64 * ($1 + 1) }
  }

  /// - Returns: nil if it takes too long.
  func filter<Key>(_ keys: [Key], _ own: (Key) -> ArraySlice<UInt8>) -> [Key]? {
    guard let pattern else { return keys }
    var steps = mostSteps
    let found = pattern.withUnsafeBytes { pattern in
      keys.filter { key in own(key).withUnsafeBytes { GlobPattern.matches(pattern, $0, &steps) } }
    }
    return steps < 0 ? nil : found
  }
}
