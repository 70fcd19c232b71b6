import Core
import Glibc
import SystemPackage
import TestServers
import Testing

@Suite struct FilesTests {
  @Test func absentFileIsNoErrorWhereThatIsAsked() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("none")
      #expect(try Files.readTextIfPresent(path) == nil)
      #expect(!Files.exists(path))
      try Files.remove(path)
      #expect(#expect(throws: Problem.self) { try Files.read(path) }?.code == "no-such-file")
      #expect(try Files.names(in: path).isEmpty)
    }
  }

  @Test func readsUpToItsLimit() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("big")
      try AtomicFile.write(String(repeating: "x", count: 3 << 20), to: path)
      #expect(try Files.read(path, limit: 3 << 20).count == 3 << 20)
      let problem = #expect(throws: Problem.self) { try Files.read(path, limit: 1 << 20) }
      #expect(problem?.code == "too-large")
      #expect(problem?.message == "\(path) is larger than 1 MiB")
    }
  }

  @Test func createsParentsAndLeavesTheModeOfWhatExists() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("a").appending("b")
      try Files.createDirectory(path, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
      #expect(mode(of: path) == 0o755)
      try Files.createDirectory(path, mode: [.ownerReadWriteExecute])
      #expect(mode(of: path) == 0o755)
      try Files.createDirectory(scratch.path.appending("secrets"))
      #expect(mode(of: scratch.path.appending("secrets")) == 0o700)
    }
  }

  @Test func fileInTheWayOfADirectoryIsNamed() async throws {
    try await Scratch.with { scratch async throws in
      let path = scratch.path.appending("a")
      try AtomicFile.write("", to: path)
      #expect(#expect(throws: Problem.self) { try Files.createDirectory(path) }?.code == "file-exists")
      #expect(throws: Problem.self) { try Files.createDirectory(path.appending("b")) }
    }
  }

  @Test func namesAreSortedAndComplete() async throws {
    try await Scratch.with { scratch async throws in
      let names = [".hidden", "b", "a", String(repeating: "n", count: 255)]
      for name in names { try AtomicFile.write("", to: scratch.path.appending(name).shortEnough) }
      #expect(try Files.names(in: scratch.path) == names.map { String($0.prefix(200)) }.sorted())
    }
  }
}

extension FilePath {
  /// The same path with room for the suffix of a temporary file within the 255 bytes of a name.
  fileprivate var shortEnough: FilePath {
    removingLastComponent().appending(String((lastComponent?.string ?? "").prefix(200)))
  }
}
