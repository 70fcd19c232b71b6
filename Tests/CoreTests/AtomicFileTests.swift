import Core
import Glibc
import SystemPackage
import TestServers
import Testing

@Suite struct AtomicFileTests {
  @Test func replacesTheContentAndSetsTheExactMode() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("config.yaml")
      try AtomicFile.write("one", to: path)
      #expect(mode(of: path) == 0o600)
      try AtomicFile.write("two", to: path, mode: [.ownerReadWrite, .groupReadWrite, .otherRead])
      #expect(mode(of: path) == 0o664)
      #expect(try Files.readTextIfPresent(path) == "two")
      #expect(try Files.names(in: scratch.path) == ["config.yaml"])
    }
  }

  @Test func readersSeeOneVersionWhole() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("value")
      let versions = ["a", "b"].map { String(repeating: $0, count: 200_000) }
      try AtomicFile.write(versions[0], to: path)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for index in 0..<50 { try AtomicFile.write(versions[index % 2], to: path) } }
        group.addTask {
          for _ in 0..<50 {
            let seen = try Files.readTextIfPresent(path)
            #expect(seen == versions[0] || seen == versions[1])
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func whatAKilledWriterLeftIsClearedAway() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("alice.yaml")
      let leftover = scratch.path.appending(".alice.yaml.812.new")
      for name in [".alice.yaml.new", ".alice.yaml.old.new", ".bob.yaml.812.new"] {
        try AtomicFile.write("another's", to: scratch.path.appending(name))
      }
      let others = try Files.names(in: scratch.path)

      try AtomicFile.write("half", to: leftover)
      try AtomicFile.write("whole", to: path)
      #expect(try Files.names(in: scratch.path) == others + ["alice.yaml"])

      try AtomicFile.write("half", to: leftover)
      try AtomicFile.remove(path)
      #expect(try Files.names(in: scratch.path) == others)
      try AtomicFile.remove(path)
    }
  }

  /// Its writer is at work as long as it holds the lock.
  @Test func whatIsBeingWrittenIsLeftAlone() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("alice.yaml")
      let growing = scratch.path.appending(".alice.yaml.812.new")
      let lock = try await FileLock.acquire(growing, purpose: "a test")
      try AtomicFile.write("whole", to: path)
      #expect(Files.exists(growing))
      _ = consume lock
      try AtomicFile.remove(path)
      #expect(try Files.names(in: scratch.path).isEmpty)
    }
  }

  @Test func manyWritersOfOneFileAllSucceed() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("value")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<8 {
          group.addTask { for _ in 0..<25 { try AtomicFile.write("\(writer)", to: path) } }
        }
        try await group.waitForAll()
      }
      #expect(try Files.names(in: scratch.path) == ["value"])
    }
  }

  @Test func missingDirectoryIsNamed() throws {
    let problem = #expect(throws: Problem.self) { try AtomicFile.write("x", to: "/nonexistent/a/b") }
    #expect(problem?.code == "no-such-file")
    #expect(problem?.message.contains("/nonexistent/a/b") == true)
  }

  @Test func directoryInTheWayIsNotReplaced() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("taken")
      try Files.createDirectory(path.appending("child"))
      #expect(throws: Problem.self) { try AtomicFile.write("x", to: path) }
      #expect(try Files.names(in: scratch.path) == ["taken"])
    }
  }

  @Test func relativePathIsInTheWorkingDirectory() throws {
    let name = "olares-cli-test-\(UInt64.random(in: .min ... .max))"
    defer { unlink(name) }
    try AtomicFile.write("here", to: FilePath(name))
    #expect(try Files.readTextIfPresent(FilePath(name)) == "here")
  }

  @Test(.enabled(if: UserAccount.isRoot, "only root can mount a file system to fill"))
  func fullDiskKeepsTheOldContent() async throws {
    try await Scratch.with { scratch async throws in
      let disk = scratch.path.appending("disk")
      try Files.createDirectory(disk)
      try #require(mount("none", disk.string, "tmpfs", 0, "size=64k") == 0)
      defer { umount2(disk.string, Int32(MNT_DETACH)) }
      let path = disk.appending("state.json")
      try AtomicFile.write("old", to: path)
      let problem = #expect(throws: Problem.self) {
        try AtomicFile.write(String(repeating: "x", count: 200_000), to: path)
      }
      #expect(problem?.code == "disk-full")
      #expect(problem?.exitStatus == .ioError)
      #expect(try Files.readTextIfPresent(path) == "old")
      #expect(try Files.names(in: disk) == ["state.json"])
    }
  }

  @Test(.enabled(if: UserAccount.isRoot, "only root can mount a file system read-only"))
  func readOnlyFileSystemIsNamed() async throws {
    try await Scratch.with { scratch async throws in
      try #require(mount("none", scratch.path.string, "tmpfs", UInt(MS_RDONLY), nil) == 0)
      defer { umount2(scratch.path.string, Int32(MNT_DETACH)) }
      let problem = #expect(throws: Problem.self) { try AtomicFile.write("x", to: scratch.path.appending("a")) }
      #expect(problem?.code == "read-only")
    }
  }
}

/// The permission bits of a file.
func mode(of path: FilePath) -> mode_t {
  var status = stat()
  return lstat(path.string, &status) == 0 ? status.st_mode & 0o7777 : 0
}
