import Core
import Glibc
import Synchronization
import SystemPackage
import TestServers
import Testing

/// The other process is util-linux's flock(1), which takes the same lock of the kernel.
@Suite struct FileLockTests {
  private func othersStatus(_ path: FilePath, _ options: String...) async throws -> Int32 {
    try await ChildProcess("flock", ["--nonblock", "--conflict-exit-code", "99"] + options + [path.string, "true"])
      .run().status
  }

  @Test func exclusiveHolderKeepsAnotherProcessOut() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("lock")
      let lock = try await FileLock.acquire(path, purpose: "the plan")
      #expect(try await othersStatus(path) == 99)
      #expect(try await othersStatus(path, "--shared") == 99)
      _ = consume lock
      #expect(try await othersStatus(path) == 0)
    }
  }

  @Test func sharedHoldersGoTogether() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("lock")
      let first = try await FileLock.acquire(path, .shared, purpose: "the plan")
      let second = try await FileLock.acquire(path, .shared, purpose: "the plan")
      #expect(try await othersStatus(path, "--shared") == 0)
      #expect(try await othersStatus(path) == 99)
      _ = consume first
      #expect(try await othersStatus(path) == 99)
      _ = consume second
    }
  }

  @Test func anotherProcessKeepsUsOutUntilItDies() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("lock")
      let started = scratch.path.appending("started")
      let holder = Task {
        try await ChildProcess(
          "flock",
          [
            "--no-fork", path.string, "sh", "-c",
            "echo $$ >\(started).new; mv \(started).new \(started); exec sleep 600",
          ]
        ).run()
      }
      defer { holder.cancel() }
      let process = try await processID(writtenTo: started)
      do {
        _ = try await FileLock.acquire(path, purpose: "the plan")
        Issue.record("the lock was taken from its holder")
      } catch let problem as Problem {
        #expect(problem.code == "locked")
        #expect(problem.exitStatus == .busy)
        #expect(problem.isTransient)
        #expect(problem.message == "the plan is in use by another run of olares-cli (pid \(process): sleep 600)")
      }
      kill(process, SIGKILL)
      _ = try await FileLock.acquire(path, purpose: "the plan", patience: .seconds(60))
    }
  }

  @Test func lockOfARemovedFileIsNone() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("lock")
      // Opens the file that is there now, and locks it when we let it go.
      let first = try await FileLock.acquire(path, purpose: "the plan")
      let waiting = Task { () async throws in
        let lock = try await FileLock.acquire(path, purpose: "the plan", patience: .seconds(60))
        let status = try await othersStatus(path)
        _ = consume lock
        return status
      }
      while try openings(of: path) < 2 { try await Task.sleep(for: .milliseconds(20)) }
      try Files.remove(path)
      try AtomicFile.write("", to: path)
      _ = consume first
      #expect(try await waiting.value == 99)
    }
  }

  /// How often this process has the file open.
  private func openings(of path: FilePath) throws -> Int {
    try Files.names(in: "/proc/self/fd").count { name in
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let length = readlink("/proc/self/fd/\(name)", &buffer, buffer.count)
      return length > 0
        && String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self) == path.string
    }
  }

  @Test func childrenDoNotInheritTheLock() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("lock")
      let started = scratch.path.appending("started")
      let lock = try await FileLock.acquire(path, purpose: "the plan")
      let child = Task { try await ChildProcess("sh", ["-c", "echo $$ >\(started); exec sleep 600"]).run() }
      defer { child.cancel() }
      _ = try await processID(writtenTo: started)
      _ = consume lock
      #expect(try await othersStatus(path) == 0)
    }
  }

  @Test func waitingEndsWhenTheTaskIsCancelled() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("lock")
      let lock = try await FileLock.acquire(path, purpose: "the plan")
      let waiting = Task { _ = try await FileLock.acquire(path, purpose: "the plan", patience: .seconds(600)) }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      _ = consume lock
    }
  }

  @Test func missingDirectoryIsNamed() async throws {
    do {
      _ = try await FileLock.acquire("/nonexistent/lock", purpose: "the plan")
      Issue.record("a lock without a file")
    } catch let problem as Problem {
      #expect(problem.code == "no-such-file")
    }
  }
}

/// The process number that a child writes to `path`, once it has.
func processID(writtenTo path: FilePath) async throws -> pid_t {
  for _ in 0..<3000 {
    if let text = try Files.readTextIfPresent(path), text.hasSuffix("\n"), let process = pid_t(text.dropLast()) {
      return process
    }
    try await Task.sleep(for: .milliseconds(20))
  }
  throw Problem("no-child", .failed, "the child did not write \(path)")
}
