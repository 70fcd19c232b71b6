import RedisNamespaces

/// A namespace as the data path needs it. Immutable, shared by all workers.
final class Namespace: Sendable {
  /// As many as Redis has by default.
  static let databases = 16

  let record: NamespaceRecord
  let realName: String
  /// Nil where its keys are spread over all slots.
  let slot: Int?
  /// What it takes, of all workers together.
  let account: NamespaceAccount
  /// The prefixes of all databases, one after the other. They are raw memory because every command copies from there: an
  /// array would be retained and checked each time.
  nonisolated(unsafe) private let storage: UnsafeMutableRawBufferPointer
  private let ends: [Int]

  init(_ record: NamespaceRecord, _ account: NamespaceAccount = NamespaceAccount()) {
    self.record = record
    self.account = account
    realName = record.id.realName
    slot = record.placement.slot?.number
    let prefixes = (0..<Self.databases).map { Array(record.prefix(ofDatabase: $0).utf8) }
    var ends: [Int] = []
    storage = .allocate(byteCount: prefixes.reduce(0) { $0 + $1.count }, alignment: 1)
    var end = 0
    for prefix in prefixes {
      UnsafeMutableRawBufferPointer(rebasing: storage[end...]).copyBytes(from: prefix)
      end += prefix.count
      ends.append(end)
    }
    self.ends = ends
  }

  deinit { storage.deallocate() }

  /// What the keys of a database start with. Valid as long as the namespace lives.
  func prefix(ofDatabase database: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: storage[(database == 0 ? 0 : ends[database - 1])..<ends[database]])
  }
}
