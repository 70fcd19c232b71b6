import Configuration
import Core
import FoundationEssentials
import Storage
import SystemPackage
import Testing

@testable import Setup

/// What must never be deleted, on real file systems and without servers.
@Suite(.enabled(if: UserAccount.isRoot, "needs root"))
struct UninstallGuardTests {
  private func withInstance(
    marked: Bool = true, _ body: (StorageScratch, Uninstallation) async throws -> Void
  ) async throws {
    try await StorageScratch.with { storage in
      let base = storage.path.appending("base")
      try Files.createDirectory(base)
      if marked { try RootMarker(baseDirectory: base).save(to: storage.layout.root) }
      try installation(root: storage.layout.root).save(to: base)
      try await body(storage, try Uninstallation(baseDirectory: base, deletingData: true))
    }
  }

  private func installation(root: FilePath) -> Installation {
    var installation = Installation(
      prepared: Date(timeIntervalSince1970: 0), root: root, fileSystem: .local,
      postgres: .init(host: "127.0.0.1", port: 1, admin: "postgres", managed: true),
      redis: .init(host: "127.0.0.1", ports: [2], admin: "olares", managed: true))
    installation.separate = true
    return installation
  }

  /// Also that nothing at all was changed.
  private func expectRefusal(_ code: String, _ storage: StorageScratch, _ uninstallation: Uninstallation) async throws {
    let before = try await listing(storage.path)
    let problem = await #expect(throws: Problem.self) { try await uninstallation.run { _ in } }
    #expect(problem?.code == code)
    #expect(problem?.hints.isEmpty == false)
    let after = try await listing(storage.path)
    #expect(after == before)
  }

  private func listing(_ path: FilePath) async throws -> [Substring] {
    try await ChildProcess("find", [path.string]).check().standardOutput.split(separator: "\n")
      .filter { !$0.hasSuffix("/prepare.lock") }.sorted()
  }

  @Test func wholeTreeGoesWithItsMounts() async throws {
    try await withInstance { storage, uninstallation in
      let terms = GrantTerms(userData: [try UserDataPath("Home/Documents")], appData: true)
      let request = try storage.request("wiki", "alice", terms)
      _ = try await storage.grants.apply(request)
      try AtomicFile.write("gone", to: try storage.userspace("alice").appending("Home/Documents/letter"))
      let mounts = try MountTable.current().entries(at: storage.path)
      #expect(!mounts.isEmpty)
      #expect(try await uninstallation.run { _ in })
      #expect(try MountTable.current().entries(at: storage.path).isEmpty)
      #expect(!Files.exists(storage.layout.root))
      #expect(!Files.exists(uninstallation.baseDirectory))
    }
  }

  @Test(arguments: ["share/usb", "rootfs/userspace/disk", "userdata"])
  func nothingGoesWhileAnotherFileSystemIsMountedInside(place: String) async throws {
    try await withInstance { storage, uninstallation in
      let point = storage.layout.root.appending(place)
      try Files.createDirectory(point)
      try await storage.mount(tmpfs: "size=1m", on: point)
      try AtomicFile.write("not ours", to: point.appending("file"))
      try await expectRefusal("mount-inside", storage, uninstallation)
      #expect(try Files.readTextIfPresent(point.appending("file")) == "not ours")
    }
  }

  @Test func aRootThatIsAMountPointStaysEmpty() async throws {
    try await StorageScratch.with(tmpfs: "size=4m") { storage in
      let base = storage.path.appending("base")
      try Files.createDirectory(base)
      try RootMarker(baseDirectory: base).save(to: storage.layout.root)
      try installation(root: storage.layout.root).save(to: base)
      #expect(try await Uninstallation(baseDirectory: base, deletingData: true).run { _ in })
      #expect(try Files.names(in: storage.layout.root).isEmpty)
      #expect(try await Uninstallation(baseDirectory: base, deletingData: true).isDone())
    }
  }

  @Test func aRootWithoutOurMarkerIsLeftAlone() async throws {
    try await withInstance(marked: false) { storage, uninstallation in
      try await expectRefusal("foreign-root", storage, uninstallation)
      try RootMarker(baseDirectory: "/another/base").save(to: storage.layout.root)
      try await expectRefusal("foreign-root", storage, uninstallation)
    }
  }

  @Test func aLinkIsNoRoot() async throws {
    try await withInstance { storage, _ in
      let link = storage.path.appending("link")
      try await ChildProcess("ln", ["-s", storage.layout.root.string, link.string]).check()
      let base = storage.path.appending("base")
      try installation(root: link).save(to: base)
      try await expectRefusal("symbolic-root", storage, try Uninstallation(baseDirectory: base, deletingData: true))
    }
  }

  @Test(arguments: ["rootfs", "userdata", "share"])
  func aPartThatIsALinkIsNotOurs(part: String) async throws {
    try await withInstance { storage, uninstallation in
      let place = storage.layout.root.appending(part)
      let elsewhere = storage.path.appending("elsewhere")
      try await ChildProcess("mv", [place.string, elsewhere.string]).check()
      try await ChildProcess("ln", ["-s", elsewhere.string, place.string]).check()
      try await expectRefusal("symbolic-link", storage, uninstallation)
    }
  }

  @Test func theRootOfTheSystemIsNoRoot() async throws {
    try await withInstance { storage, _ in
      let base = storage.path.appending("base")
      try installation(root: "/").save(to: base)
      try await expectRefusal("bad-root", storage, try Uninstallation(baseDirectory: base, deletingData: true))
    }
  }

  @Test func aBaseDirectoryInTheDataIsNotDeletedFromUnderUs() async throws {
    try await StorageScratch.with { storage in
      let base = storage.layout.share.appending("base")
      try Files.createDirectory(base)
      try RootMarker(baseDirectory: base).save(to: storage.layout.root)
      try installation(root: storage.layout.root).save(to: base)
      let uninstallation = try Uninstallation(baseDirectory: base, deletingData: true)
      try await expectRefusal("base-directory-in-data", storage, uninstallation)
    }
  }

  @Test func passwordsWithoutARecordOfTheirDataAreKept() async throws {
    try await withInstance { storage, _ in
      let base = storage.path.appending("base")
      try SecretStore(baseDirectory: base).save(SecretStore.ServerSecrets())
      try Installation.remove(.prepared, from: base)
      try await expectRefusal("root-unknown", storage, try Uninstallation(baseDirectory: base, deletingData: true))
      // Whoever types the root tells it as well.
      let named = try Uninstallation(baseDirectory: base, deletingData: true, root: storage.layout.root)
      #expect(try await named.run { _ in })
      #expect(!Files.exists(storage.layout.root))
      #expect(!Files.exists(base))
    }
  }

  @Test func anUnmountedDiskCostsNoPasswords() async throws {
    try await withInstance { storage, uninstallation in
      let base = uninstallation.baseDirectory
      try SecretStore(baseDirectory: base).save(SecretStore.ServerSecrets())
      let elsewhere = storage.path.appending("elsewhere")
      try await ChildProcess("mv", [storage.layout.root.string, elsewhere.string]).check()
      try await expectRefusal("root-lost", storage, uninstallation)
      try await ChildProcess("mv", [elsewhere.string, storage.layout.root.string]).check()
      #expect(try await uninstallation.run { _ in })
      #expect(!Files.exists(base))
    }
  }

  @Test func aDamagedConfigurationIsSetAside() async throws {
    try await withInstance { storage, _ in
      let base = storage.path.appending("base")
      try AtomicFile.write("root: [", to: base.appending("config.yaml"))
      let uninstallation = try Uninstallation(baseDirectory: base)
      #expect(uninstallation.isDamaged)
      #expect(try await uninstallation.run { _ in })
      #expect(try Files.readTextIfPresent(base.appending("config.yaml.damaged")) == "root: [")
      #expect(storage.layout.isPrepared)
      #expect(try await uninstallation.isDone())
    }
  }

  @Test func onlyOneRunAtATime() async throws {
    try await withInstance { storage, uninstallation in
      let lock = try await FileLock.acquire(
        uninstallation.baseDirectory.appending(Instance.lockName), purpose: "a test")
      try await expectRefusal("locked", storage, uninstallation)
      _ = consume lock
    }
  }
}
