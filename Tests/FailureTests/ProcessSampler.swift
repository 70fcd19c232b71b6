import Core
import Foundation
import Glibc
import Synchronization
import SystemPackage

/// Looks at the argument vector and the environment of every process on the machine, again and again.
final class ProcessSampler: Sendable {
  struct Sample: Hashable, Sendable {
    enum Place: String, Sendable { case arguments = "cmdline", environment = "environ" }

    let place: Place
    /// Its words, or its variables.
    let texts: [String]
    /// The first word of its argument vector.
    let program: String
  }

  private struct State {
    var samples: Set<Sample> = []
    var isStopped = false
    var rounds = 0
  }

  private let state = Mutex(State())
  private let finished = DispatchSemaphore(value: 0)

  init() {
    Thread.detachNewThread { [self] in
      var known: [String: (text: [UInt8], seen: Int)] = [:]
      while !state.withLock({ $0.isStopped }) { look(&known) }
      finished.signal()
    }
  }

  /// Ends it, and says what was seen and how often it looked.
  func stop() async -> (samples: Set<Sample>, rounds: Int) {
    state.withLock { $0.isStopped = true }
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { [self] in
        finished.wait()
        continuation.resume()
      }
    }
    return state.withLock { ($0.samples, $0.rounds) }
  }

  /// One look. A process that stays as it is, is looked at more rarely, so that there is time for those that do not.
  private func look(_ known: inout [String: (text: [UInt8], seen: Int)]) {
    let round = state.withLock { state in
      state.rounds += 1
      return state.rounds
    }
    let processes = ((try? Files.names(in: "/proc")) ?? []).filter { $0.utf8.first.map { $0 < 58 } == true }
    for process in processes {
      if let seen = known[process]?.seen, seen > 20, round % 10 != 0 { continue }
      let arguments = read(process, .arguments)
      guard !arguments.isEmpty else { continue }
      if known[process]?.text == arguments {
        known[process]?.seen += 1
        // The environment of a process that was about to start another program was still the old one.
        if known[process].map({ $0.seen > 3 }) == true { continue }
      } else {
        known[process] = (arguments, 0)
      }
      let words = texts(arguments)
      let environment = texts(read(process, .environment))
      // It may have become another program meanwhile, whose environment that is then.
      let program = texts(read(process, .arguments)).first ?? words.first
      let samples = [
        Sample(place: .arguments, texts: words, program: words.first ?? ""),
        Sample(place: .environment, texts: environment, program: program ?? ""),
      ]
      state.withLock { $0.samples.formUnion(samples) }
    }
  }

  private func texts(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  private func read(_ process: String, _ place: Sample.Place) -> [UInt8] {
    (try? Files.read(FilePath("/proc/\(process)/\(place.rawValue)"))) ?? []
  }
}
