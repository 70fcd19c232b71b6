import Synchronization

/// What a namespace takes of the proxy at the moment: one for all workers, which outlives changes of its record.
final class NamespaceAccount: Sendable {
  private let openConnections = Atomic<Int>(0)
  private let refusedConnections = Atomic<Int>(0)

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
}
