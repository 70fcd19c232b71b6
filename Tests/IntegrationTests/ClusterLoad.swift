import Core
import Foundation
import Glibc
import Synchronization
import TestServers

/// Clients of a namespace proxy that know what each of their replies has to be, as threads of their own.
final class ClusterLoad: Sendable {
  struct Outcome: Sendable {
    var rounds = 0
    /// Replies that are not what they have to be, errors included.
    var wrong: [String] = []
  }

  private struct State {
    var isStopping = false
    var running = 0
    var outcome = Outcome()
  }

  private let state = Mutex(State())

  /// Starts one client for each namespace.
  init(port: UInt16, _ namespaces: [(password: Secret, spread: Bool)]) {
    state.withLock { $0.running = namespaces.count }
    for (index, namespace) in namespaces.enumerated() {
      Thread.detachNewThread { [self] in
        let client = "client\(index)"
        var round = 0
        do {
          let connection = try RawConnection(port: port)
          _ = try connection.command("AUTH", namespace.password.reveal())
          while !state.withLock(\.isStopping) {
            round += 1
            for text in try Self.play(round, client, on: connection, spread: namespace.spread) { note(text) }
            usleep(2000)
          }
        } catch {
          note("\(client), round \(round): \(Problem(error).message)")
        }
        state.withLock {
          $0.running -= 1
          $0.outcome.rounds += round
        }
      }
    }
  }

  private func note(_ text: String) {
    state.withLock { if $0.outcome.wrong.count < 50 { $0.outcome.wrong.append(text) } }
  }

  /// - Returns: the replies that are wrong.
  private static func play(
    _ round: Int, _ client: String, on connection: RawConnection, spread: Bool
  ) throws(Problem) -> [String] {
    let value = "\(client) \(round)"
    let (here, before) = ("\(client):s\(round % 50)", "\(client):s\((round + 49) % 50)")
    var expected: [(command: [String], reply: String)] = [
      (["INCR", "\(client):n"], ":\(round)"),
      (["SET", here, value], "+OK"),
      (["GET", here], "$\"\(value)\""),
      (["MGET", here, before], "*[$\"\(value)\", \(round == 1 ? "$-1" : "$\"\(client) \(round - 1)\"")]"),
      (["RPUSH", "\(client):l", value], ":1"),
      (["LPOP", "\(client):l"], "$\"\(value)\""),
    ]
    if !spread {
      expected += [
        (["MULTI"], "+OK"), (["INCR", "\(client):m"], "+QUEUED"), (["INCR", "\(client):m"], "+QUEUED"),
        (["EXEC"], "*[:\(2 * round - 1), :\(2 * round)]"),
      ]
    }
    for (command, _) in expected { try connection.send(command) }
    var wrong: [String] = []
    for (command, reply) in expected {
      let received = try connection.receive(within: 60_000)
      if received.description != reply {
        wrong.append("\(client), round \(round): \(command) → \(received), not \(reply)")
      }
    }
    return wrong
  }

  /// Ends the clients.
  func stop() async throws -> Outcome {
    state.withLock { $0.isStopping = true }
    while state.withLock({ $0.running > 0 }) { try await Task.sleep(for: .milliseconds(20)) }
    return state.withLock(\.outcome)
  }
}
