import Core
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

@Suite(.enabled(if: UserAccount.isRoot, "mounting and giving files away needs root"))
struct StorageAttackTests {
  @Test func tellsOwnersApart() async throws {
    try await StorageScratch.with { storage in
      for owner in ["al-ice", "al", "al-0123456789abcdef"] {
        _ = try await storage.grants.apply(storage.request("wiki", owner, GrantTerms(appData: true, appCache: true)))
      }
      let paths = try ["al-ice", "al", "al-0123456789abcdef"].map(storage.userspace)
      #expect(Set(paths).count == 3)
      #expect(try Volumes(layout: storage.layout).all(.appcache).count == 3)
    }
  }

  @Test func followsNoPlantedLink() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      let userspace = try storage.userspace("alice")
      let outside = storage.path.appending("outside")
      try Files.createDirectory(outside)
      #expect(symlink(outside.string, userspace.appending("Home/link").string) == 0)
      #expect(symlink(outside.string, userspace.appending("Data/wiki").string) == 0)
      let before = try await storage.everything()
      for terms in [
        GrantTerms(userData: [try UserDataPath("Home/link")]), GrantTerms(userData: [try UserDataPath("Home/link/x")]),
        GrantTerms(appData: true), GrantTerms(userData: [try UserDataPath("Home/new")], appData: true),
      ] {
        let problem = await #expect(throws: Problem.self) {
          try await storage.grants.apply(storage.request("wiki", "alice", terms))
        }
        #expect(problem?.code == "symbolic-link")
        #expect(problem?.exitStatus == .notPermitted)
      }
      #expect(try await storage.everything() == before)
      #expect(try Files.names(in: outside).isEmpty)
    }
  }

  /// A process that exchanges a directory and a link to the outside all the time must never lead a grant there.
  @Test func survivesARacingProcess() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      let home = try storage.userspace("alice").appending("Home")
      let outside = storage.path.appending("outside")
      try Files.createDirectory(outside)
      try Files.createDirectory(home.appending("spare"))
      let script = """
        cd "$1" && mkdir prey && ln -s "$2" lure || exit 1
        while :; do
          mv -T prey hidden && mv -T lure prey && mv -T prey lure && mv -T hidden prey || exit 1
        done
        """
      let racer = Task {
        try await ChildProcess("sh", ["-c", script, "racer", home.string, outside.string]).run()
      }
      while !Files.exists(home.appending("lure")) { try await Task.sleep(for: .milliseconds(5)) }
      var outcomes: [String: Int] = [:]
      for round in 0..<60 {
        let terms = GrantTerms(userData: [try UserDataPath("Home/prey/made\(round)")])
        do {
          _ = try await storage.grants.apply(storage.request("wiki", "alice", terms))
          outcomes["granted", default: 0] += 1
        } catch {
          outcomes[Problem(error).code, default: 0] += 1
        }
      }
      racer.cancel()
      _ = try? await racer.value
      #expect(try Files.names(in: outside).isEmpty)
      #expect(FileFacts(outside) == FileFacts(mode: 0o700, userID: 0))
      let known: Set = [
        "granted", "symbolic-link", "changes-too-fast", "directory-gone", "no-such-file", "not-a-directory",
      ]
      #expect(Set(outcomes.keys).isSubset(of: known), "\(outcomes)")
      // Whatever is shown lies in the owner's Home, never outside.
      for entry in try MountTable.current().entries(at: storage.layout.views) {
        let shown = try SafeDirectory(trusted: entry.point).identity
        #expect(try shown != SafeDirectory(trusted: outside).identity)
      }
    }
  }

  @Test func refusesMountsUnlessAskedToCrossThem() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      let movies = try storage.userspace("alice").appending("Home/Movies")
      try await storage.mount(tmpfs: "size=1m", on: movies)
      try AtomicFile.write("x", to: movies.appending("film"))
      let path = try UserDataPath("Home/Movies")
      let problem = await #expect(throws: Problem.self) {
        try await storage.grants.apply(storage.request("jellyfin", "alice", GrantTerms(userData: [path])))
      }
      #expect(problem?.code == "mount-inside")
      let crossing = try storage.request("jellyfin", "alice", GrantTerms(userData: [path], crossesMounts: true))
      _ = try await storage.grants.apply(crossing)
      #expect(Files.exists(storage.view(crossing).appending("Movies/film")))
      // All of Home shows the place, and not what is mounted there.
      let all = try storage.request("files", "alice", GrantTerms(userData: [UserDataPath("Home")]))
      _ = try await storage.grants.apply(all)
      #expect(try Files.names(in: storage.view(all).appending("Movies")).isEmpty)
    }
  }

  @Test func takesOddNamesAsNames() async throws {
    try await StorageScratch.with { storage in
      let names = ["-rf", "--help", "e\u{301}", "\u{e9}", "日本 語", "a\\040b", "$(id)"]
      let request = try storage.request(
        "wiki", "alice", GrantTerms(userData: try names.map { try UserDataPath("Home/\($0)") }))
      _ = try await storage.grants.apply(request)
      #expect(try Files.names(in: storage.view(request)).count == names.count)
      #expect(try await !storage.grants.apply(request).changed)
      _ = try await storage.grants.revoke(request.instance)
      #expect(try MountTable.current().entries(at: storage.layout.views).isEmpty)
    }
  }

  @Test func oneOwnerGetsOneVolumeHoweverManyAsk() async throws {
    try await StorageScratch.with { storage in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<12 {
          let request = try storage.request("app\(number)", "alice", GrantTerms(appData: true, appCache: true))
          group.addTask { _ = try await Grants(layout: storage.layout).apply(request) }
        }
        try await group.waitForAll()
      }
      #expect(try Volumes(layout: storage.layout).all(.userspace).count == 1)
      #expect(try Volumes(layout: storage.layout).all(.appcache).count == 1)
      #expect(try storage.grants.list().count == 12)
    }
  }

  @Test func twoVolumesOfOneOwnerAreAnError() async throws {
    try await StorageScratch.with { storage in
      for suffix in ["0123456789abcdef", "fedcba9876543210"] {
        try Files.createDirectory(storage.layout.userspace.appending("pvc-userspace-alice-\(suffix)"))
      }
      let problem = await #expect(throws: Problem.self) {
        try await storage.grants.apply(storage.request("wiki", "alice", GrantTerms(appData: true)))
      }
      #expect(problem?.code == "several-volumes")
      #expect(problem?.hints.first?.contains("mv ") == true)
    }
  }

  @Test func aNewVolumeOfTheSameNameIsNotTheOldOne() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request("wiki", "alice", GrantTerms(appData: true))
      _ = try await storage.grants.apply(request)
      let old = try storage.userspace("alice")
      #expect(rename(old.string, old.string + ".old") == 0)
      let gone = await #expect(throws: Problem.self) { try await storage.grants.apply(request) }
      #expect(gone?.code == "volume-gone")
      try Files.createDirectory(storage.layout.userspace.appending("pvc-userspace-alice-0123456789abcdef"))
      let other = await #expect(throws: Problem.self) { try await storage.grants.apply(request) }
      #expect(other?.code == "other-volume")
      #expect(other?.exitStatus == .notPermitted)
    }
  }

  @Test func readOnlyDiskChangesNothing() async throws {
    try await StorageScratch.with(tmpfs: "size=4m") { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      try await ChildProcess("mount", ["-o", "remount,ro", storage.layout.root.string]).check()
      let problem = await #expect(throws: Problem.self) {
        try await storage.grants.apply(storage.request("wiki", "alice", GrantTerms(appData: true)))
      }
      #expect(problem?.code == "read-only")
      #expect(problem?.exitStatus == .ioError)
      #expect(try storage.grants.list().count == 1)
    }
  }

  @Test func fullDiskLeavesWhatWasThere() async throws {
    try await StorageScratch.with(tmpfs: "size=4m,nr_inodes=64") { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      let before = try await storage.everything()
      let request = try storage.request("wiki", "bob", GrantTerms(userData: [UserDataPath("Home/x")], appData: true))
      // However much room is left, a grant succeeds whole or changes nothing.
      for room in 0..<12 {
        let filler = storage.layout.share
        var files = 0
        while creat(filler.appending("f\(files)").string, 0o600).closingSucceeds { files += 1 }
        for number in 0..<room { unlink(filler.appending("f\(number)").string) }
        let problem = await #expect(throws: Problem.self) { try await storage.grants.apply(request) }
        #expect(problem?.code == "disk-full", "with room for \(room) files")
        for number in 0..<files { unlink(filler.appending("f\(number)").string) }
        #expect(try await storage.everything() == before, "with room for \(room) files")
      }
      #expect(try await storage.grants.apply(request).changed)
    }
  }

  /// Without a free block no record can be written; the one that is there stays whole.
  @Test func fullDiskTearsNoRecord() async throws {
    try await StorageScratch.with(tmpfs: "size=2m") { storage in
      let all = try storage.request("wiki", "alice", GrantTerms(userData: [UserDataPath("Home/Wiki")], appData: true))
      let less = try storage.request("wiki", "alice", GrantTerms(appData: true))
      _ = try await storage.grants.apply(all)
      let record = try Files.read(storage.record(all))
      let filler = storage.layout.share.appending("filler")
      _ = try await ChildProcess("dd", ["if=/dev/zero", "of=\(filler)", "bs=4k"]).run()
      let problem = await #expect(throws: Problem.self) { try await storage.grants.apply(less) }
      #expect(problem?.code == "disk-full")
      #expect(problem?.exitStatus == .ioError)
      #expect(try Files.read(storage.record(all)) == record)
      #expect(try await !storage.grants.apply(all).changed)
      #expect(try await storage.grants.check().findings.isEmpty)
      // What needs no room works.
      #expect(try await storage.grants.revoke(all.instance) != nil)
      #expect(try storage.grants.list().isEmpty)
    }
  }
}

extension Int32 {
  /// Of a new descriptor: whether it is one; it is closed.
  fileprivate var closingSucceeds: Bool { self >= 0 && close(self) == 0 }
}
