import Core
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

@Suite(.enabled(if: UserAccount.isRoot, "mounting and giving files away needs root"))
struct StorageUsageTests {
  /// What du(1) says a directory takes.
  private func du(_ path: FilePath) async throws -> Int {
    let line = try await ChildProcess("du", ["-sx", "--block-size=1", path.string]).check().standardOutput
    return try #require(Int(line.prefix { $0.isNumber }))
  }

  @Test func countsAsDuDoes() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("wiki", "alice", GrantTerms(appData: true, appCache: true)))
      let data = try storage.userspace("alice").appending("Data/wiki")
      let outside = storage.path.appending("outside")
      try Files.createDirectory(outside)
      let script = """
        cd "$1" && head -c 100000 /dev/urandom > plain && truncate -s 1G sparse && ln plain second && ln -s "$2" link &&
        mkdir -p a/b/c mounted -- -rf && head -c 5000 /dev/urandom > a/b/c/-n && touch "$(printf 'bad\\377\\nname')" &&
        mkfifo pipe && head -c 70000 /dev/urandom > "$2/file" && ln "$2/file" a/shared
        """
      try await ChildProcess("sh", ["-c", script, "sh", data.string, outside.string]).check()
      try await storage.mount(tmpfs: "size=1m", on: data.appending("mounted"))
      try AtomicFile.write(String(repeating: "x", count: 50_000), to: data.appending("mounted/elsewhere"))
      let usage = try await storage.grants.usage()
      let entry = try #require(usage.entries.first)
      #expect(entry.kind == .appData)
      #expect(entry.path == data.string)
      #expect(try await entry.size.bytes == du(data))
      // plain and second are one file.
      #expect(entry.size.files == 7)
      #expect(usage.skipped == [data.appending("mounted").string])
      #expect(usage.entries.map(\.kind) == [.appData, .appCache])
      #expect(usage.total.files == 7)
      #expect(usage.fileSystems.count == 1)
      #expect(try StorageFacts(of: storage.layout).totalBytes == usage.fileSystems[0].totalBytes)
    }
  }

  @Test func sortsBySizeAndTellsOwnersApart() async throws {
    try await StorageScratch.with { storage in
      for (owner, kilobytes) in [("al", 100), ("al-ice", 300), ("bob", 200)] {
        _ = try await storage.grants.apply(storage.request("wiki", owner, GrantTerms(appData: true)))
        let text = String(repeating: "x", count: kilobytes << 10)
        try AtomicFile.write(text, to: storage.userspace(owner).appending("Data/wiki/file"))
      }
      let usage = try await storage.grants.usage()
      #expect(usage.entries.map(\.owner) == ["al-ice", "bob", "al"])
      #expect(usage.totals.map(\.owner) == ["al-ice", "bob", "al"])
      #expect(try await storage.grants.usage(UsageScope(owner: Owner("al"))).entries.map(\.owner) == ["al"])
      #expect(try await storage.grants.usage(UsageScope(app: AppName("wik"))).entries.isEmpty)
    }
  }

  @Test func namesWhatWasLeftBehindAndWhatIsShared() async throws {
    try await StorageScratch.with { storage in
      let first = try storage.request(
        "wiki", "alice", GrantTerms(userData: [UserDataPath("Home/Music/Rock")], appData: true))
      _ = try await storage.grants.apply(first)
      let second = GrantTerms(userData: [try UserDataPath("Home/Music"), try UserDataPath("Home/Movies")])
      _ = try await storage.grants.apply(storage.request("jellyfin", "alice", second))
      let userspace = try storage.userspace("alice")
      try AtomicFile.write("x", to: userspace.appending("Home/Music/Rock/song"))
      try Files.createDirectory(userspace.appending("Data/gone"))
      try AtomicFile.write("x", to: userspace.appending("Data/loose"))
      let usage = try await storage.grants.usage(UsageScope(includesUserData: true))
      #expect(usage.entries.first { $0.apps == ["gone"] }?.granted == false)
      #expect(usage.entries.first { $0.apps == ["wiki"] && $0.kind == .appData }?.granted == true)
      #expect(usage.entries.first { $0.kind == .other }?.size.files == 1)
      let home = usage.entries.filter { $0.kind == .userData }
      #expect(Set(home.map(\.apps)) == [["jellyfin"], ["jellyfin", "wiki"]])
      #expect(home.reduce(0) { $0 + $1.size.files } == 1)
    }
  }

  /// Deeper than there are descriptors, and than a path may be long.
  @Test func countsAndDeletesVeryDeepTrees() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request("wiki", "alice", GrantTerms(appData: true))
      _ = try await storage.grants.apply(request)
      let data = try storage.userspace("alice").appending("Data/wiki")
      let script = """
        chdir $ARGV[0] or die; for (1 .. 1500) { mkdir "a-directory" and chdir "a-directory" or die; open F, ">file" }
        """
      try await ChildProcess("perl", ["-e", script, data.string]).check()
      let usage = try await storage.grants.usage()
      #expect(usage.entries.first?.size.files == 1500)
      #expect(usage.skipped.isEmpty)
      #expect(try await usage.entries.first?.size.bytes == du(data))
      let removal = try #require(try await storage.grants.revoke(request.instance, deletingData: true))
      #expect(removal.removed == [data])
      #expect(!Files.exists(data))
    }
  }

  @Test func filesMayComeAndGo() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("wiki", "alice", GrantTerms(appData: true)))
      let data = try storage.userspace("alice").appending("Data/wiki")
      let script = """
        chdir $ARGV[0] or die; open F, ">kept"; close F;
        while (1) {
          for (1 .. 50) { mkdir "d$_"; open F, ">d$_/f"; close F; }
          rename "d1", "d2/moved"; rename "d2", "d3/moved";
          for (1 .. 50) { unlink "d$_/f"; rmdir "d$_"; }
          unlink "d3/moved/moved/f", "d3/moved/f"; rmdir $_ for "d3/moved/moved", "d3/moved", "d3";
        }
        """
      let changer = Task { try await ChildProcess("perl", ["-e", script, data.string]).run() }
      while !Files.exists(data.appending("kept")) { try await Task.sleep(for: .milliseconds(5)) }
      for _ in 0..<30 {
        let usage = try await storage.grants.usage()
        let files = try #require(usage.entries.first).size.files
        #expect((1...51).contains(files))
      }
      changer.cancel()
      _ = try? await changer.value
    }
  }
}
