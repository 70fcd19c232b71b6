import Core
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

@Suite(.enabled(if: UserAccount.isRoot, "mounting and giving files away needs root"))
struct StorageAdoptionTests {
  @Test func whatARevokedGrantLeftNeedsToBeAdopted() async throws {
    try await StorageScratch.with { storage in
      let terms = GrantTerms(userData: [try UserDataPath("Home/Wiki")], appData: true, appCache: true)
      let request = try storage.request("wiki", "alice", terms)
      let first = try await storage.grants.apply(request).grant
      let paths = try #require(StorageBinding(first, in: storage.layout).ownPaths)
      for path in paths { try AtomicFile.write("secret", to: path.appending("page")) }
      _ = try await storage.grants.revoke(request.instance)
      let before = try await storage.everything()

      let foreseen = #expect(throws: Problem.self) { try storage.grants.plan(request) }
      let problem = await #expect(throws: Problem.self) { try await storage.grants.apply(request) }
      for problem in [foreseen, problem] {
        #expect(problem?.code == "left-behind")
        #expect(problem?.exitStatus == .notPermitted)
        for path in paths { #expect(problem?.message.contains(path.string) == true) }
        #expect(problem?.hints.first?.contains("--adopt") == true)
      }
      #expect(try await storage.everything() == before)

      let adopting = GrantRequest(request.instance, terms, adopting: true)
      #expect(try storage.grants.plan(adopting).adopted.count == 2)
      let outcome = try await storage.grants.apply(adopting)
      #expect(outcome.adopted == paths)
      // From now on it is the grant's, whether the request says so or not.
      #expect(try await !storage.grants.apply(request).changed)
      #expect(try await !storage.grants.apply(adopting).changed)
    }
  }

  @Test func anEmptyDirectoryIsNobodys() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      try Files.createDirectory(storage.userspace("alice").appending("Data/wiki"))
      let outcome = try await storage.grants.apply(storage.request("wiki", "alice", GrantTerms(appData: true)))
      #expect(outcome.changed)
      #expect(outcome.adopted.isEmpty)
    }
  }

  /// Home is the owner's and `Data` as a whole is all apps'; neither is ever left behind by one.
  @Test func neitherHomeNorAllAppsDataIsLeftBehind() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      let userspace = try storage.userspace("alice")
      try AtomicFile.write("x", to: userspace.appending("Home/Documents/letter"))
      try AtomicFile.write("x", to: userspace.appending("Data/first/file"))
      let home = GrantTerms(userData: [try UserDataPath("Home")])
      #expect(try await storage.grants.apply(storage.request("files", "alice", home)).changed)
      let middleware = GrantTerms(appData: true, appCache: true, shape: .middleware)
      #expect(try await storage.grants.apply(storage.request("mongodb", "alice", middleware)).changed)
    }
  }

  @Test func undoneAdoptionLeavesTheDataBehindAgain() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      let data = try storage.userspace("alice").appending("Data/wiki")
      try Files.createDirectory(data)
      try AtomicFile.write("precious", to: data.appending("page"))
      let terms = GrantTerms(userData: [try UserDataPath("Home/Wiki")], appData: true)
      let instance = try storage.request("wiki", "alice", terms).instance
      let before = try await storage.everything()
      let request = GrantRequest(instance, terms, adopting: true)
      _ = try await storage.grants.apply(request)
      try await storage.grants.undo(request)
      #expect(try await storage.everything() == before)
      // Not even when the app emptied it meanwhile: it was there before.
      _ = try await storage.grants.apply(request)
      unlink(data.appending("page").string)
      try await storage.grants.undo(request)
      #expect(Files.isDirectory(data))
    }
  }

  /// Its record came before its directories, so that what is in them is its own.
  @Test func aGrantThatWasCutOffKeepsItsData() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request("wiki", "alice", GrantTerms(appData: true))
      _ = try await storage.grants.apply(request)
      try storage.cutOff(request)
      try AtomicFile.write("x", to: storage.userspace("alice").appending("Data/wiki/page"))
      let outcome = try await storage.grants.apply(request)
      #expect(outcome.changed)
      #expect(outcome.adopted.isEmpty)
      #expect(outcome.grant.isComplete)
    }
  }

  /// Cut off while it was narrowed, a grant still covers what it had before.
  @Test func aNarrowingThatWasCutOffCanGoBack() async throws {
    try await StorageScratch.with { storage in
      let all = try storage.request("wiki", "alice", GrantTerms(appData: true, appCache: true))
      let less = try storage.request("wiki", "alice", GrantTerms(appCache: true))
      _ = try await storage.grants.apply(all)
      let data = try storage.userspace("alice").appending("Data/wiki")
      try AtomicFile.write("x", to: data.appending("page"))
      let outcome = try await storage.grants.apply(less)
      #expect(outcome.kept == [data])
      #expect(Files.exists(data.appending("page")))
      try storage.cutOff(less)
      #expect(try await storage.grants.apply(all).adopted.isEmpty)
      // Narrowed in full, it has given the data up.
      _ = try await storage.grants.apply(less)
      let problem = await #expect(throws: Problem.self) { try await storage.grants.apply(all) }
      #expect(problem?.code == "left-behind")
    }
  }

  @Test func narrowingNamesWhatItKeeps() async throws {
    try await StorageScratch.with { storage in
      let all = try storage.request(
        "wiki", "alice",
        GrantTerms(userData: [UserDataPath("Home/Wiki"), UserDataPath("Home/Music")], appData: true, appCache: true))
      let less = try storage.request("wiki", "alice", GrantTerms(userData: [UserDataPath("Home/Music")], appData: true))
      let grant = try await storage.grants.apply(all).grant
      let cache = try #require(StorageBinding(grant, in: storage.layout).userspace.appCache)
      let kept = [try storage.userspace("alice").appending("Home/Wiki"), FilePath(cache)]
      #expect(try storage.grants.plan(less).kept.count == 2)
      #expect(try await storage.grants.apply(less).kept == kept)
      #expect(try await storage.grants.apply(less).kept == [])
      #expect(kept.allSatisfy(Files.isDirectory))
      #expect(try Files.names(in: storage.view(less)) == ["Music"])
      // What it created goes with it in the end, if it is still empty.
      _ = try await storage.grants.revoke(less.instance)
      #expect(!kept.contains(where: Files.isDirectory))
    }
  }

  @Test func revokesWhateverIsInTheWay() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request(
        "wiki", "alice", GrantTerms(userData: [UserDataPath("Home/Wiki/Pages")], appData: true))
      _ = try await storage.grants.apply(request)
      let userspace = try storage.userspace("alice")
      #expect(rename(userspace.appending("Home/Wiki").string, userspace.appending("Home/Moved").string) == 0)
      #expect(symlink("/", userspace.appending("Home/Wiki").string) == 0)
      #expect(rmdir(userspace.appending("Data/wiki").string) == 0)
      #expect(symlink("/", userspace.appending("Data/wiki").string) == 0)
      let removal = try #require(try await storage.grants.revoke(request.instance))
      #expect(removal.kept.isEmpty)
      #expect(try storage.grants.list().isEmpty)
      #expect(!Files.exists(storage.view(request)))
    }
  }
}

extension StorageBinding {
  /// The directories that are the app's alone.
  fileprivate var ownPaths: [FilePath]? {
    guard let data = userspace.appData, let cache = userspace.appCache else { return nil }
    return [FilePath(data), FilePath(cache)]
  }
}
