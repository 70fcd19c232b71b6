import Core
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

@Suite struct LayoutTests {
  @Test func createsTheTreeOnce() async throws {
    try await Scratch.with { scratch in
      let layout = Layout(root: scratch.path.appending("olares"), ownership: .current)
      let created = try layout.createTree()
      #expect(created.first == layout.root)
      for path in [
        "rootfs/userspace", "rootfs/Common", "rootfs/middleware-backup/pg_backup", "userdata/Cache", "share",
      ] {
        #expect(Files.isDirectory(layout.root.appending(path)))
      }
      #expect(layout.isPrepared)
      #expect(try layout.createTree() == [])
    }
  }

  @Test func worksBehindALink() async throws {
    try await Scratch.with { scratch in
      let layout = Layout(root: scratch.path.appending("olares"), ownership: .current)
      try Files.createDirectory(scratch.path.appending("disk"))
      #expect(symlink("disk", layout.root.string) == 0)
      #expect(try layout.createTree().first == layout.sharedFiles)
      #expect(Files.isDirectory(scratch.path.appending("disk/rootfs/userspace")))
    }
  }

  @Test func refusesADanglingLink() async throws {
    try await Scratch.with { scratch in
      let layout = Layout(root: scratch.path.appending("olares"), ownership: .current)
      #expect(symlink("disk", layout.root.string) == 0)
      let problem = #expect(throws: Problem.self) { try layout.createTree() }
      #expect(problem?.code == "dangling-root")
      #expect(problem?.exitStatus == .cannotCreate)
      #expect(!Files.exists(scratch.path.appending("disk")))
    }
  }

  @Test(arguments: ["/", "olares", "", "/a/../b"])
  func refusesRootsThatAreNone(_ root: String) {
    let problem = #expect(throws: Problem.self) { try Layout(root: FilePath(root)).createTree() }
    #expect(problem?.code == "bad-root")
  }

  @Test func saysThatAFileIsInTheWay() async throws {
    try await Scratch.with { scratch in
      try AtomicFile.write("", to: scratch.path.appending("rootfs"))
      let problem = #expect(throws: Problem.self) { try Layout(root: scratch.path, ownership: .current).createTree() }
      #expect(problem?.code == "not-a-directory")
    }
  }

  @Test func unpreparedStorageSaysHowToPrepare() async throws {
    try await Scratch.with { scratch in
      let problem = #expect(throws: Problem.self) { try Grants(layout: Layout(root: scratch.path)).list() }
      #expect(problem?.exitStatus == .notPrepared)
    }
  }
}
