/// What is to be done later, soonest first. Confined to its worker.
///
/// Timers are not cancelled: what a timer does looks whether it is still wanted. There are few of them, since what concerns
/// every client is looked at together once a second.
struct TimerHeap<Action> {
  private var heap: [(deadline: Instant, order: UInt64, action: Action)] = []
  private var scheduled: UInt64 = 0

  var isEmpty: Bool { heap.isEmpty }
  var nextDeadline: Instant? { heap.first?.deadline }

  mutating func schedule(at deadline: Instant, _ action: Action) {
    scheduled += 1
    heap.append((deadline, scheduled, action))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard isSooner(child, parent) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// The next action whose time has come; those of the same time in the order in which they were scheduled.
  mutating func popDue(at now: Instant) -> Action? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var soonest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isSooner(child, soonest) {
        soonest = child
      }
      guard soonest != parent else { break }
      heap.swapAt(parent, soonest)
      parent = soonest
    }
    return first.action
  }

  private func isSooner(_ one: Int, _ other: Int) -> Bool {
    (heap[one].deadline, heap[one].order) < (heap[other].deadline, heap[other].order)
  }
}
