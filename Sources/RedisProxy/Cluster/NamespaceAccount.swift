import Synchronization

/// What a namespace takes of the proxy and of the nodes at the moment: one for all workers, which outlives changes of its
/// record.
final class NamespaceAccount: Sendable {
  private let openConnections = Atomic<Int>(0)
  private let refusedConnections = Atomic<Int>(0)
  private let turnsEnd = Atomic<Int64>(0)
  private let delays = Atomic<Int>(0)
  private let refusals = Atomic<Int>(0)
  private let kills = Atomic<Int>(0)
  private let runawaySeenAt = Atomic<Int64>(-runawayMemory)
  private let keys = Atomic<Int>(-1)
  private let bytes = Atomic<Int>(-1)
  private let reckonedAt = Atomic<Int64>(0)

  // MARK: Connections

  var connections: Int { openConnections.load(ordering: .relaxed) }
  /// So many did not get in.
  var connectionsRefused: Int { refusedConnections.load(ordering: .relaxed) }

  /// Counts one more connection.
  ///
  /// - Returns: false if there are as many as there may be.
  func open(upTo limit: Int?) -> Bool {
    let count = openConnections.add(1, ordering: .relaxed).newValue
    guard let limit, count > limit else { return true }
    close()
    refusedConnections.add(1, ordering: .relaxed)
    return false
  }

  func close() { openConnections.subtract(1, ordering: .relaxed) }

  // MARK: Commands

  /// So many commands had to wait for their turn.
  var commandsDelayed: Int { delays.load(ordering: .relaxed) }
  /// So many would have added data to a namespace that holds as much as it may.
  var commandsRefused: Int { refusals.load(ordering: .relaxed) }

  func countRefusedCommand() { refusals.add(1, ordering: .relaxed) }

  /// Gives the next command its turn: a second's worth at once, and then one after the other, in the order in which they
  /// came (ITU-T I.371, "generic cell rate algorithm").
  func takeTurn(perSecond limit: Int, at now: Instant) -> Instant {
    let step = 1_000_000_000 / Int64(limit)
    var end = turnsEnd.load(ordering: .relaxed)
    while true {
      let next = max(end, now.microseconds * 1000) + step
      let (isExchanged, original) = turnsEnd.weakCompareExchange(expected: end, desired: next, ordering: .relaxed)
      guard isExchanged else {
        end = original
        continue
      }
      let turn = Instant(microseconds: (next - 1_000_000_000 + 999) / 1000)
      if turn > now { delays.add(1, ordering: .relaxed) }
      return turn
    }
  }

  /// The turns that were given were for another limit.
  func forgetTurns() { turnsEnd.store(0, ordering: .relaxed) }

  // MARK: Scripts

  /// So many scripts were killed since they ran too long.
  var scriptsKilled: Int { kills.load(ordering: .relaxed) }
  /// Whether a script was seen lately that ran too long, and could not be killed since it had written.
  func hasRunawayScript(at now: Instant) -> Bool {
    now.microseconds - runawaySeenAt.load(ordering: .relaxed) < Self.runawayMemory
  }

  func countKilledScript() { kills.add(1, ordering: .relaxed) }
  func runawayScriptSeen(at now: Instant) { runawaySeenAt.store(now.microseconds, ordering: .relaxed) }

  /// While it runs, it is seen every second.
  private static let runawayMemory: Int64 = 3_000_000

  // MARK: Content

  /// What it held when it was last looked at.
  struct Content: Sendable {
    let keys: Int
    let bytes: Int
    let reckonedAt: Instant
  }

  /// Nil as long as nobody has looked.
  var content: Content? {
    let bytes = bytes.load(ordering: .relaxed)
    guard bytes >= 0 else { return nil }
    return Content(
      keys: keys.load(ordering: .relaxed), bytes: bytes,
      reckonedAt: Instant(microseconds: reckonedAt.load(ordering: .relaxed)))
  }

  func set(_ content: Content) {
    keys.store(content.keys, ordering: .relaxed)
    reckonedAt.store(content.reckonedAt.microseconds, ordering: .relaxed)
    bytes.store(content.bytes, ordering: .relaxed)
  }
}
