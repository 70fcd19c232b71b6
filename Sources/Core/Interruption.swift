import Dispatch
import Glibc
import Synchronization

/// SIGINT and SIGTERM. A verb that only reads ends at once; inside `shielded` work, which must not be cut, the first
/// signal cancels the task, so that the work ends at its next safe point, and a second one ends the process.
package enum Interruption {
  private struct State {
    var shields = 0
    var received: Int32?
    var cancel: (@Sendable () -> Void)?
    var restoreTerminal: (@Sendable () -> Void)?
  }

  private static let state = Mutex(State())

  /// Handles the signals from now on; `cancel` cancels the verb's task.
  package static func handle(cancel: @escaping @Sendable () -> Void) {
    BrokenPipe.isError()
    state.withLock { $0.cancel = cancel }
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      // The handler keeps the source alive as long as the process.
      source.setEventHandler { withExtendedLifetime(source) { receive(number) } }
      source.activate()
    }
  }

  /// The signal that ended the work, if one did.
  package static var exitStatus: ExitStatus? {
    state.withLock { $0.received.map { $0 == SIGTERM ? .terminated : .interrupted } }
  }

  /// Work that stops only at its own safe points, where it looks at `Task.isCancelled`.
  package static func shielded<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    state.withLock { $0.shields += 1 }
    defer { state.withLock { $0.shields -= 1 } }
    return try await body()
  }

  /// What to undo on the terminal if the process has to end at once, such as hidden input; nil for nothing.
  package static func setTerminalRestore(_ restore: (@Sendable () -> Void)?) {
    state.withLock { $0.restoreTerminal = restore }
  }

  private static func receive(_ number: Int32) {
    let (endsNow, cancel, restore) = state.withLock { state in
      let endsNow = state.shields == 0 || state.received != nil
      state.received = number
      return (endsNow, state.cancel, state.restoreTerminal)
    }
    guard endsNow else {
      cancel?()
      return
    }
    restore?()
    _exit(128 + number)
  }
}
