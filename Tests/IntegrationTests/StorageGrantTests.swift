import Core
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

@Suite(.enabled(if: UserAccount.isRoot, "mounting and giving files away needs root"))
struct StorageGrantTests {
  @Test func showsExactlyWhatIsNamed() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request(
        "calibre", "alice",
        GrantTerms(userData: [UserDataPath("Home/Documents"), UserDataPath("Home/Calibre/Books")], appData: true))
      let outcome = try await storage.grants.apply(request)
      #expect(outcome.changed)
      #expect(outcome.grant.enforcement == .mounted)
      let view = storage.view(request)
      #expect(try Files.names(in: view) == ["Calibre", "Documents"])
      let home = try storage.userspace("alice").appending("Home")
      try AtomicFile.write("x", to: home.appending("Documents/letter"))
      #expect(Files.exists(view.appending("Documents/letter")))
      #expect(FileFacts(home.appending("Calibre/Books")) == FileFacts(mode: 0o755, userID: 1000))
      #expect(FileFacts(view) == FileFacts(mode: 0o755, userID: 0))
      let write = try await ChildProcess(
        "setpriv", ["--reuid", "1000", "--clear-groups", "touch", view.appending("stray").string]
      ).run()
      #expect(!write.succeeded)
      let binding = StorageBinding(outcome.grant, in: storage.layout)
      #expect(binding.userspace.userData == view.string)
      #expect(binding.userspace.appData == home.removingLastComponent().appending("Data/calibre").string)
      #expect(binding.userspace.appCache == nil)
      #expect(try await !storage.grants.apply(request).changed)
    }
  }

  @Test func keepsItsRecordForRootOnly() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("wiki", "alice", GrantTerms(appCache: true)))
      let records = storage.layout.grantRecords
      #expect(FileFacts(records) == FileFacts(mode: 0o700, userID: 0))
      #expect(FileFacts(records.appending("alice/wiki.json")) == FileFacts(mode: 0o600, userID: 0))
    }
  }

  @Test func givesAllOfHomeAndThenLess() async throws {
    try await StorageScratch.with { storage in
      let all = try storage.request("jellyfin", "alice", GrantTerms(userData: [UserDataPath("Home")]))
      _ = try await storage.grants.apply(all)
      #expect(try Files.names(in: storage.view(all)).contains("Pictures"))
      let less = try storage.request("jellyfin", "alice", GrantTerms(userData: [UserDataPath("Home/Music")]))
      #expect(try await storage.grants.apply(less).changed)
      #expect(try Files.names(in: storage.view(less)) == ["Music"])
      try await storage.grants.undo(less)
      #expect(try Files.names(in: storage.view(all)).contains("Pictures"))
      #expect(try storage.grants.show(all.instance).terms == all.terms)
    }
  }

  @Test func undoLeavesNothingBehind() async throws {
    try await StorageScratch.with { storage in
      let before = try await storage.everything()
      let request = try storage.request(
        "calibre", "alice",
        GrantTerms(userData: [UserDataPath("Home/a/b")], appData: true, appCache: true, appCommon: true))
      _ = try await storage.grants.apply(request)
      try await storage.grants.undo(request)
      #expect(try await storage.everything() == before)
      #expect(try MountTable.current().entries(at: storage.layout.views).isEmpty)
    }
  }

  @Test func undoKeepsFilesAndWhatOthersUse() async throws {
    try await StorageScratch.with { storage in
      let one = try storage.request("one", "alice", GrantTerms(userData: [UserDataPath("Home/shared")], appData: true))
      let two = try storage.request("two", "alice", GrantTerms(userData: [UserDataPath("Home/shared")]))
      _ = try await storage.grants.apply(one)
      _ = try await storage.grants.apply(two)
      let userspace = try storage.userspace("alice")
      try AtomicFile.write("x", to: userspace.appending("Data/one/file"))
      try await storage.grants.undo(one)
      #expect(Files.exists(userspace.appending("Data/one/file")))
      #expect(Files.isDirectory(userspace.appending("Home/shared")))
      #expect(try Files.names(in: storage.view(two)) == ["shared"])
    }
  }

  @Test func completesAGrantThatWasCutOff() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request("wiki", "alice", GrantTerms(userData: [UserDataPath("Home/Wiki")]))
      _ = try await storage.grants.apply(request)
      try storage.cutOff(request)
      #expect(rmdir(try storage.userspace("alice").appending("Home/Wiki").string) == 0)
      #expect(try await storage.grants.apply(request).changed)
      #expect(try storage.grants.show(request.instance).isComplete)
      #expect(try Files.names(in: storage.view(request)) == ["Wiki"])
      try await storage.grants.undo(request)
      #expect(try storage.grants.list().isEmpty)
      #expect(try Volumes(layout: storage.layout).all(.userspace).isEmpty)
    }
  }

  @Test func revokeKeepsDataUnlessToldOtherwise() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request(
        "wiki", "alice", GrantTerms(userData: [UserDataPath("Home/Wiki")], appData: true))
      _ = try await storage.grants.apply(request)
      let userspace = try storage.userspace("alice")
      let data = userspace.appending("Data/wiki")
      let outside = storage.path.appending("outside")
      try Files.createDirectory(outside)
      try AtomicFile.write("precious", to: outside.appending("file"))
      try Files.createDirectory(data.appending("-rf"))
      #expect(symlink(outside.string, data.appending("-rf/link").string) == 0)
      #expect(link(outside.appending("file").string, data.appending("hard").string) == 0)
      try AtomicFile.write("mine", to: userspace.appending("Home/Wiki/page"))

      let kept = try #require(try await storage.grants.revoke(request.instance))
      #expect(kept.kept == [userspace.appending("Home/Wiki"), data])
      #expect(!Files.exists(storage.view(request)))
      #expect(try await storage.grants.revoke(request.instance) == nil)

      _ = try await storage.grants.apply(GrantRequest(request.instance, request.terms, adopting: true))
      let removal = try #require(try await storage.grants.revoke(request.instance, deletingData: true))
      #expect(removal.removed == [data])
      #expect(!Files.exists(data))
      #expect(try Files.read(outside.appending("file")) == Array("precious".utf8))
      #expect(Files.exists(userspace.appending("Home/Wiki/page")))
    }
  }

  @Test func setsMountsUpAgain() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request("wiki", "alice", GrantTerms(userData: [UserDataPath("Home/Wiki")]))
      _ = try await storage.grants.apply(request)
      try await storage.unmountAll()
      #expect(try storage.grants.plan(request).changesAnything)
      let restored = try await storage.grants.restoreMounts()
      #expect(restored.map(\.changed) == [true])
      #expect(restored.allSatisfy { $0.problem == nil })
      #expect(try !storage.grants.plan(request).changesAnything)
      #expect(try await storage.grants.restoreMounts().map(\.changed) == [false])
      #expect(try MountTable.current().entries(at: storage.layout.views).count == 1)
    }
  }

  @Test func givesMiddlewareTheOtherShape() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request(
        "mongodb", "alice", GrantTerms(appData: true, appCache: true, externalData: true, shape: .middleware))
      let grant = try await storage.grants.apply(request).grant
      let binding = StorageBinding(grant, in: storage.layout)
      #expect(binding.userspace.appData == (try storage.userspace("alice").appending("Data").string))
      #expect(binding.userspace.appCache == grant.volume(.appcache).map { storage.layout.path(of: $0).string })
      #expect(binding.sharedlib == storage.layout.share.string)
    }
  }

  @Test func countsWhatStatusShows() async throws {
    try await StorageScratch.with(tmpfs: "size=8m") { storage in
      _ = try await storage.grants.apply(storage.request("wiki", "alice", GrantTerms(appData: true)))
      _ = try await storage.grants.apply(storage.request("wiki", "bob", GrantTerms(appData: true)))
      let facts = try StorageFacts(of: storage.layout)
      #expect(facts.fileSystem == "tmpfs")
      #expect(facts.totalBytes == 8 << 20)
      #expect(facts.freeBytes + facts.usedBytes == facts.totalBytes)
      #expect(facts.owners == 2)
      #expect(facts.grants == 2)
      #expect(facts.advisoryGrants == 0)
    }
  }
}
