import Core
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

@Suite(.enabled(if: UserAccount.isRoot, "mounting needs root"))
struct StorageUnmountTests {
  @Test func takesAllMountsDown() async throws {
    try await StorageScratch.with { storage in
      for owner in ["alice", "bob"] {
        let terms = GrantTerms(userData: [try UserDataPath("Home/Music"), try UserDataPath("Home/Movies")])
        _ = try await storage.grants.apply(storage.request("jellyfin", owner, terms))
      }
      #expect(try await storage.grants.unmountAll().count == 4)
      #expect(try MountTable.current().entries(at: storage.layout.views).isEmpty)
      #expect(try await storage.grants.unmountAll().isEmpty)
      #expect(try await storage.grants.restoreMounts().count { $0.changed } == 2)
    }
  }

  @Test func refusesWhileOneIsInUse() async throws {
    try await StorageScratch.with { storage in
      let terms = GrantTerms(userData: [try UserDataPath("Home/Music"), try UserDataPath("Home/Movies")])
      let request = try storage.request("jellyfin", "alice", terms)
      _ = try await storage.grants.apply(request)
      let used = storage.view(request).appending("Movies")
      let file = creat(used.appending("film").string, 0o600)
      let problem = await #expect(throws: Problem.self) { try await storage.grants.unmountAll() }
      #expect(problem?.code == "mount-in-use")
      #expect(problem?.exitStatus == .busy)
      #expect(problem?.message.contains(used.string) == true)
      // What had been taken down is there again.
      #expect(try !storage.grants.plan(request).changesAnything)
      #expect(try await storage.grants.unmountAll(detachingUsed: true).count == 2)
      #expect(try MountTable.current().entries(at: storage.layout.views).isEmpty)
      close(file)
    }
  }
}
