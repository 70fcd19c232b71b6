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
  }

  private static let state = Mutex(State())

  /// Handles the signals from now on; `cancel` cancels the verb's task.
  ///
  /// A handler may do almost nothing (signal-safety(7)), so ours writes the signal's number to a pipe. No signal is lost,
  /// however early it comes, as would be with a dispatch source for signals, which needs them ignored first.
  /// - Throws: `Problem` `io-error` when there can be no pipe.
  package static func handle(cancel: @escaping @Sendable () -> Void) throws(Problem) {
    // A reader that closes its end must be an error of the write to it, not a signal that ends the process.
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw Problem("io-error", .ioError, "cannot make a pipe: \(String(cString: strerror(errno)))")
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    let readEnd = ends[0]
    interruptionPipe = ends[1]
    state.withLock { $0.cancel = cancel }
    let source = DispatchSource.makeReadSource(fileDescriptor: readEnd, queue: .global())
    source.setEventHandler {
      // Naming the source here keeps it alive as long as the process.
      withExtendedLifetime(source) {
        var number: UInt8 = 0
        while read(readEnd, &number, 1) == 1 { receive(Int32(number)) }
      }
    }
    source.activate()
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
      let saved = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(interruptionPipe, &byte, 1)
      errno = saved
    }
    action.sa_flags = SA_RESTART
    for number in [SIGINT, SIGTERM] { sigaction(number, &action, nil) }
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

  /// Short work of several parts that belong together. The first signal does not even cancel it.
  package static func undivided<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    // A task of its own is not cancelled along with this one.
    try await shielded { try await Task { try await body() }.value }
  }

  private static func receive(_ number: Int32) {
    let (endsNow, cancel) = state.withLock { state in
      let endsNow = state.shields == 0 || state.received != nil
      state.received = number
      return (endsNow, state.cancel)
    }
    guard endsNow else {
      cancel?()
      return
    }
    _exit(128 + number)
  }
}

/// What the signal handler writes to. Set once, before there is a handler, and never changed; a lock could not be taken
/// in a signal handler.
nonisolated(unsafe) private var interruptionPipe: Int32 = -1
