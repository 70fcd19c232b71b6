import Core
import Dispatch
import Synchronization
import TestServers

/// Many clients at once, each on a thread of its own, while something breaks.
final class Load: Sendable {
  struct Report: Sendable {
    var operations = 0
    var wrong: [String] = []
    var lost: [String] = []
    var errors: [String: Int] = [:]
    var connections = 0
    /// Of any client between two successes after the fault.
    var longestSilence = 0.0
    /// From the fault until the end of the last silence of a client that was longer than `noticed`.
    var secondsUntilServed = 0.0
  }

  private static let noticed = 0.5

  private let clients: [ClientBox]
  private let isOver = Atomic(false)
  private let group = DispatchGroup()
  private let start = ContinuousClock.now
  private let fault = Mutex(Duration.zero)

  private final class ClientBox: Sendable {
    let client: Mutex<LoadClient>
    init(_ client: sending LoadClient) { self.client = Mutex(client) }
  }

  init(clients count: Int, port: UInt16, password: Secret, replicas: Int = 0) {
    clients = (0..<count).map {
      ClientBox(LoadClient(number: $0, port: port, password: password.reveal(), replicas: replicas))
    }
    for box in clients {
      DispatchQueue(label: "client").async(group: group) { [self] in
        while !isOver.load(ordering: .relaxed) { box.client.withLock { $0.step(since: start) } }
      }
    }
  }

  /// What is measured is measured from now on.
  func noteFault() { fault.withLock { $0 = ContinuousClock.now - start } }

  /// Ends the load, and looks at everything that was written once more.
  func finish() async throws -> Report {
    let fault = fault.withLock { $0 }
    isOver.store(true, ordering: .relaxed)
    return try await onThread { [self] () throws(Problem) in
      group.wait()
      var report = Report()
      for box in clients {
        let result = try box.client.withLock { client throws(Problem) in
          try client.check()
          return client.result
        }
        report.operations += result.operations
        report.wrong += result.wrong
        report.lost += result.lost
        report.errors.merge(result.errors, uniquingKeysWith: +)
        report.connections += result.connections
        let moment = Int64(fault / .nanoseconds(1))
        let later = [moment] + result.successes.filter { $0 >= moment }
        for (start, end) in zip(later, later.dropFirst()) {
          let silence = Double(end - start) / 1e9
          report.longestSilence = max(report.longestSilence, silence)
          if silence > Self.noticed {
            report.secondsUntilServed = max(report.secondsUntilServed, Double(end - moment) / 1e9)
          }
        }
      }
      return report
    }
  }
}

extension Load.Report: CustomStringConvertible {
  var description: String {
    let common = errors.sorted { $0.value > $1.value }.prefix(6).map { "\($0.value) × \($0.key)" }
    return
      "\(operations) operations, \(wrong.count) wrong replies, \(lost.count) lost writes, \(connections) connections, "
      + "longest silence \(Self.rounded(longestSilence)) s, all served again after \(Self.rounded(secondsUntilServed)) s; "
      + "errors: \(common.joined(separator: "; "))"
  }
  private static func rounded(_ seconds: Double) -> Double { (seconds * 100).rounded() / 100 }
}
