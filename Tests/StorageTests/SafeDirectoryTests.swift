import Core
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

@Suite struct SafeDirectoryTests {
  private let attributes = DirectoryAttributes(mode: [.ownerReadWriteExecute, .groupReadExecute], ownership: .current)

  @Test func createsTheWayAndFindsItAgain() async throws {
    try await Scratch.with { scratch in
      let root = try SafeDirectory(trusted: scratch.path)
      let path = try RelativePath("a/-rf/ü")
      let made = try root.directory(path, creating: attributes)
      let again = try root.directory(path, creating: attributes)
      #expect(try made.identity == again.identity)
      #expect(try root.existingDepth(of: RelativePath("a/-rf/other")) == 2)
      #expect(try root.directoryIfPresent(RelativePath("a/none")) == nil)
    }
  }

  @Test func keepsTheModeOfWhatExists() async throws {
    try await Scratch.with { scratch in
      try Files.createDirectory(scratch.path.appending("mine"), mode: [.ownerReadWriteExecute, .otherExecute])
      let root = try SafeDirectory(trusted: scratch.path)
      _ = try root.directory(RelativePath("mine"), creating: attributes)
      _ = try root.directory(RelativePath("new"), creating: attributes)
      #expect(mode(of: scratch.path.appending("mine")) == 0o701)
      #expect(mode(of: scratch.path.appending("new")) == 0o750)
    }
  }

  @Test(arguments: ["link", "link/inside", "dir/up"])
  func followsNoLink(_ text: String) async throws {
    try await Scratch.with { scratch in
      try Files.createDirectory(scratch.path.appending("dir/inside"))
      #expect(symlink("dir", scratch.path.appending("link").string) == 0)
      #expect(symlink("..", scratch.path.appending("dir/up").string) == 0)
      let root = try SafeDirectory(trusted: scratch.path)
      let problem = #expect(throws: Problem.self) { try root.existingDepth(of: RelativePath(text)) }
      #expect(problem?.code == "symbolic-link")
      let other = #expect(throws: Problem.self) { _ = try root.directory(RelativePath(text), creating: attributes) }
      #expect(other?.exitStatus == .notPermitted)
    }
  }

  @Test func saysWhatIsNoDirectory() async throws {
    try await Scratch.with { scratch in
      try AtomicFile.write("", to: scratch.path.appending("file"))
      let root = try SafeDirectory(trusted: scratch.path)
      let problem = #expect(throws: Problem.self) { _ = try root.directory(RelativePath("file"), creating: attributes) }
      #expect(problem?.code == "not-a-directory")
      #expect(problem?.exitStatus == .cannotCreate)
    }
  }

  @Test func staysInTheDirectoryThatWasOpened() async throws {
    try await Scratch.with { scratch in
      let root = try SafeDirectory(trusted: scratch.path)
      let opened = try root.directory(RelativePath("a"), creating: attributes)
      #expect(rename(scratch.path.appending("a").string, scratch.path.appending("b").string) == 0)
      #expect(symlink("/", scratch.path.appending("a").string) == 0)
      _ = try opened.directory(RelativePath("inside"), creating: attributes)
      #expect(Files.isDirectory(scratch.path.appending("b/inside")))
    }
  }

  private func mode(of path: FilePath) -> mode_t {
    var status = stat()
    return stat(path.string, &status) == 0 ? status.st_mode & 0o7777 : 0
  }
}
