import Core

/// A walk over the keys of one node by `SCAN`, a few at a time, so that the node serves others in between (redis.io,
/// "SCAN"). Keys that are there all the time are seen; one can be seen twice while the node shrinks its table.
struct KeyScan {
  private let connection: RedisConnection
  private let pattern: [String]
  private var cursor = "0"
  private var isComplete = false

  /// - Parameter pattern: only the keys that match it are handed on; the node looks at all of its keys in any case.
  init(_ connection: RedisConnection, matching pattern: String? = nil) {
    self.connection = connection
    self.pattern = pattern.map { ["MATCH", $0] } ?? []
  }

  /// The next keys, which may be none; nil at the end.
  mutating func next() async throws -> [[UInt8]]? {
    if isComplete { return nil }
    try Task.checkCancellation()
    let reply = try await connection.command(["SCAN", cursor] + pattern + ["COUNT", "\(Self.batch)"])
    guard let parts = reply.array, parts.count == 2, let next = parts[0].text, let keys = parts[1].array else {
      throw Problem.redisUnexpected(connection.endpoint, "SCAN")
    }
    cursor = next
    isComplete = next == "0"
    return keys.compactMap(\.bytes)
  }

  private static let batch = 500
}
