/// Wrong passwords by address: each makes the next answer to that address come later, so that nobody can try many.
/// Confined to its worker.
struct FailedLogins {
  private var failures: [String: (count: Int, last: Instant)] = [:]

  /// Counts one more.
  ///
  /// - Returns: for how many milliseconds the answer has to wait.
  mutating func add(_ address: String, at now: Instant) -> Int {
    let known = failures[address].flatMap { now - $0.last < Self.memory ? $0.count : nil } ?? 0
    if failures.count >= Self.mostAddresses, failures[address] == nil {
      failures = failures.filter { now - $0.value.last < Self.memory }
      // As many attackers as this are not slowed one by one.
      if failures.count >= Self.mostAddresses { failures = [:] }
    }
    failures[address] = (known + 1, now)
    return delay(after: known)
  }

  mutating func forget(_ address: String) { failures[address] = nil }

  /// The first few are mistakes.
  private func delay(after count: Int) -> Int {
    count < 3 ? 0 : min(Self.longestDelay, 50 << min(count - 3, 10))
  }

  private static let memory: Int64 = 60_000_000
  private static let longestDelay = 2000
  private static let mostAddresses = 10_000
}
