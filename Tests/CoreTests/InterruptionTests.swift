import Core
import Glibc
import Testing

/// Each test signals a process of its own.
@Suite struct InterruptionTests {
  @Test func workThatOnlyReadsEndsAtOnce() async {
    await #expect(processExitsWith: .exitCode(143)) {
      try Interruption.handle(cancel: {})
      kill(getpid(), SIGTERM)
      try await Task.sleep(for: .seconds(600))
    }
  }

  @Test func shieldedWorkIsCancelledAndEndsByItself() async {
    await #expect(processExitsWith: .exitCode(42)) {
      let (shielded, signal) = AsyncStream.makeStream(of: Void.self)
      let work = Task {
        await Interruption.shielded {
          signal.finish()
          try? await Task.sleep(for: .seconds(600))
          return Task.isCancelled
        }
      }
      try Interruption.handle { work.cancel() }
      for await _ in shielded {}
      kill(getpid(), SIGINT)
      let wasCancelled = await work.value
      exit(wasCancelled && Interruption.exitStatus == .interrupted ? 42 : 1)
    }
  }

  @Test func secondSignalEndsShieldedWorkToo() async {
    await #expect(processExitsWith: .exitCode(130)) {
      try Interruption.handle { kill(getpid(), SIGINT) }
      await Interruption.shielded {
        kill(getpid(), SIGINT)
        while true { try? await Task.sleep(for: .seconds(1)) }
      }
    }
  }
}
