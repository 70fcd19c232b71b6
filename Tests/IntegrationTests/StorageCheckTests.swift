import Core
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

@Suite(.enabled(if: UserAccount.isRoot, "mounting and giving files away needs root"))
struct StorageCheckTests {
  /// A grant of each kind, and whatever `spoil` does to it.
  private func check(
    tmpfs: String? = nil, owner: Owner? = nil, app: AppName? = nil,
    after spoil: (StorageScratch, GrantRequest) async throws -> Void,
    _ verify: (StorageCheck, StorageScratch, GrantRequest) async throws -> Void
  ) async throws {
    try await StorageScratch.with(tmpfs: tmpfs) { storage in
      let request = try storage.request(
        "wiki", "alice",
        GrantTerms(userData: [UserDataPath("Home/Wiki"), UserDataPath("Home/Music")], appData: true, appCache: true))
      _ = try await storage.grants.apply(request)
      _ = try await storage.grants.apply(storage.request("other", "bob", GrantTerms(appData: true)))
      try await spoil(storage, request)
      try await verify(storage.grants.check(owner: owner, app: app), storage, request)
    }
  }

  private func codes(_ check: StorageCheck, _ severity: StorageFinding.Severity = .problem) -> [String] {
    check.findings.filter { $0.severity == severity }.map(\.code)
  }

  @Test func findsNothingWhereAllIsWell() async throws {
    try await check { _, _ in
    } _: { (check, _, _) async throws in
      #expect(check.findings.isEmpty, "\(check.findings)")
      #expect(check.grants == 2)
    }
  }

  @Test func mountsAreMendedByMounting() async throws {
    try await check { storage, request in
      let view = storage.view(request)
      // One is missing, one shows something else, and a third is nobody's.
      #expect(umount2(view.appending("Wiki").string, 0) == 0)
      let outside = storage.path.appending("outside")
      try Files.createDirectory(outside)
      try Files.createDirectory(view.appending("extra"))
      for place in ["Music", "extra"] {
        try await ChildProcess("mount", ["--bind", outside.string, view.appending(place).string]).check()
      }
      let stray = storage.layout.views.appending("carol/wiki")
      try Files.createDirectory(stray)
      try await ChildProcess("mount", ["--bind", outside.string, stray.string]).check()
    } _: { (check, storage, request) async throws in
      #expect(
        codes(check) == [
          "not-shown", "shown-without-grant", "shown-without-grant", "shows-other", "shown-without-grant",
        ])
      #expect(check.findings.allSatisfy { $0.hints == ["olares-cli storage mount"] })
      #expect(check.findings.filter { $0.owner == "carol" }.count == 1)
      #expect(try await storage.grants.restoreMounts().allSatisfy { $0.problem == nil })
      #expect(try await storage.grants.check().findings.isEmpty)
      #expect(try MountTable.current().entries(at: storage.layout.views).count == 2)
    }
  }

  @Test func seesThatAShownDirectoryWasReplaced() async throws {
    try await check { storage, _ in
      let home = try storage.userspace("alice").appending("Home")
      #expect(rmdir(home.appending("Wiki").string) == 0)
      #expect(rename(home.appending("Music").string, home.appending("Old").string) == 0)
      try Files.createDirectory(home.appending("Music"))
      #expect(chown(home.appending("Music").string, 1000, 1000) == 0)
    } _: { (check, storage, request) async throws in
      #expect(codes(check) == ["directory-gone", "shows-other", "shows-other"])
      #expect(check.findings[0].hints[0].contains("storage grant --app wiki --owner alice --user-data Home/Music"))
      #expect(check.findings.contains { $0.message.contains("was deleted") })
      _ = try await storage.grants.apply(request)
      #expect(try await storage.grants.check().findings.isEmpty)
    }
  }

  @Test func seesThatASharedDirectoryIsGone() async throws {
    try await check { storage, _ in
      let terms = GrantTerms(appCommon: true, externalData: true)
      _ = try await storage.grants.apply(storage.request("comfyui", "alice", terms))
      #expect(rmdir(storage.layout.common.string) == 0)
      #expect(rmdir(storage.layout.share.string) == 0)
    } _: { (check, storage, _) async throws in
      #expect(codes(check) == ["directory-gone", "directory-gone"])
      _ = try storage.layout.createTree()
      #expect(try await storage.grants.check().findings.isEmpty)
    }
  }

  @Test func seesWhatIsInTheWay() async throws {
    try await check { storage, _ in
      let userspace = try storage.userspace("alice")
      #expect(rmdir(userspace.appending("Data/wiki").string) == 0)
      #expect(symlink("/etc", userspace.appending("Data/wiki").string) == 0)
      try await storage.mount(tmpfs: "size=1m", on: userspace.appending("Home/Wiki"))
    } _: { (check, _, _) async throws in
      #expect(codes(check) == ["mount-inside", "symbolic-link"])
      #expect(check.findings.allSatisfy { !$0.hints.isEmpty && $0.app == "wiki" && $0.owner == "alice" })
    }
  }

  @Test func seesOwnersAndModesThatDoNotWork() async throws {
    try await check { storage, _ in
      let userspace = try storage.userspace("alice")
      #expect(chown(userspace.appending("Data/wiki").string, 0, 0) == 0)
      #expect(chmod(userspace.appending("Home/Wiki").string, 0o555) == 0)
      #expect(chown(try storage.userspace("bob").appending("Data/other").string, 999, 999) == 0)
    } _: { (check, _, _) async throws in
      #expect(codes(check) == ["wrong-mode", "wrong-owner"])
      #expect(codes(check, .notice) == ["wrong-owner"])
      #expect(check.findings[1].hints[0].contains("chown --no-dereference 1000:1000 /"))
    }
  }

  @Test func seesUnfinishedAndUnreadableRecords() async throws {
    try await check { storage, request in
      try storage.cutOff(request)
      try AtomicFile.write("{", to: storage.layout.grantRecords.appending("bob/other.json"))
      try AtomicFile.write("", to: storage.layout.grantRecords.appending("bob/.other.json.17.4.new"))
    } _: { (check, storage, request) async throws in
      #expect(codes(check) == ["unfinished", "bad-record"])
      // What a record that cannot be read covers is not known, and so not called left behind.
      #expect(codes(check, .notice) == ["stray-record"])
      #expect(check.findings[0].hints[0].contains("olares-cli storage grant --app wiki --owner alice --user-data"))
    }
  }

  @Test func whatIsLeftBehindIsOnlyANotice() async throws {
    try await check { storage, request in
      try AtomicFile.write("x", to: storage.userspace("alice").appending("Data/wiki/page"))
      _ = try await storage.grants.revoke(request.instance)
      try Files.createDirectory(storage.view(request))
    } _: { (check, storage, request) async throws in
      #expect(check.problems == 0)
      #expect(codes(check, .notice) == ["left-behind", "view-without-grant"])
      #expect(check.findings[0].hints[0].contains("--adopt"))
      _ = try await storage.grants.restoreMounts()
      #expect(!Files.exists(storage.view(request)))
    }
  }

  @Test func seesVolumesThatAreGoneReplacedOrDoubled() async throws {
    try await check { storage, _ in
      let alices = try storage.userspace("alice")
      #expect(rename(alices.string, alices.string + ".old") == 0)
      let bobs = try storage.userspace("bob")
      #expect(rename(bobs.string, bobs.string + ".old") == 0)
      for suffix in ["0123456789abcdef", "fedcba9876543210"] {
        try Files.createDirectory(storage.layout.userspace.appending("pvc-userspace-bob-\(suffix)"))
      }
    } _: { (check, _, _) async throws in
      #expect(codes(check) == ["volume-gone", "several-volumes", "other-volume"])
    }
  }

  @Test func looksOnlyAtWhatItIsAskedFor() async throws {
    let spoil = { (storage: StorageScratch, request: GrantRequest) in
      try storage.cutOff(request)
      #expect(rmdir(try storage.userspace("bob").appending("Data/other").string) == 0)
    }
    try await check(owner: Owner("alice"), after: spoil) { (check, _, _) async throws in
      #expect(codes(check) == ["unfinished"])
    }
    try await check(owner: Owner("al"), after: spoil) { (check, _, _) async throws in #expect(check.findings.isEmpty) }
    try await check(app: AppName("other"), after: spoil) { (check, _, _) async throws in
      #expect(codes(check) == ["directory-gone"])
      #expect(check.grants == 1)
    }
  }

  @Test func worksOnAReadOnlyDisk() async throws {
    try await check(tmpfs: "size=4m") { storage, _ in
      try await ChildProcess("mount", ["-o", "remount,ro", storage.layout.root.string]).check()
    } _: { (check, storage, _) async throws in
      #expect(check.findings.isEmpty)
      #expect(check.grants == 2)
      #expect(try await storage.grants.usage().entries.count == 3)
    }
  }
}
