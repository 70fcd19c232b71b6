import Synchronization

/// How many clients there are, of all workers: the kernel does not spread them evenly.
final class ClientCount: Sendable {
  private let count = Atomic(0)

  /// Counts one more, unless there are enough.
  func admit(_ limit: Int) -> Bool {
    if count.add(1, ordering: .relaxed).oldValue < limit { return true }
    leave()
    return false
  }

  func leave() { count.subtract(1, ordering: .relaxed) }
}
