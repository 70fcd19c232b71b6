import Core
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

/// What the account that workloads run as, to whom the volumes belong, can and cannot do with us.
@Suite(.enabled(if: UserAccount.isRoot, "mounting and giving files away needs root"))
struct StorageTenantTests {
  /// The tenant exchanges directories and links to the outside all the time, on both levels that a deletion walks,
  /// while everything that storage does is done.
  @Test func leadsNobodyOutsideByExchangingDirectories() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      let userspace = try storage.userspace("alice")
      let outside = storage.path.appending("outside")
      try Files.createDirectory(outside.appending("d/e"))
      try AtomicFile.write("precious", to: outside.appending("d/f"))
      try AtomicFile.write("precious", to: outside.appending("f"))
      let untouched = try await listing(outside)
      let script = """
        my ($place, $outside) = @ARGV;
        chdir $place or die "$place: $!";
        while (1) {
          for my $prey ("Data/wiki", "Home/prey") {
            mkdir $prey; mkdir "$prey/d"; open F, ">$prey/d/f"; close F; open F, ">$prey/f"; close F;
            symlink $outside, "$prey/link"; symlink "$outside/d", "$prey/lure"; symlink $outside, "Home/lure";
            for (1 .. 20) {
              rename "$prey/d", "$prey/hidden"; rename "$prey/lure", "$prey/d";
              rename "$prey/d", "$prey/lure"; rename "$prey/hidden", "$prey/d";
              rename $prey, "Home/hidden"; rename "Home/lure", $prey;
              rename $prey, "Home/lure"; rename "Home/hidden", $prey;
            }
            open F, ">Home/started"; close F;
          }
        }
        """
      let tenant = Task {
        try await ChildProcess(
          "setpriv",
          [
            "--reuid", "1000", "--regid", "1000", "--clear-groups", "perl", "-e", script, userspace.string,
            outside.string,
          ]
        ).run()
      }
      while !Files.exists(userspace.appending("Home/started")) { try await Task.sleep(for: .milliseconds(5)) }
      let instance = try storage.request("wiki", "alice", GrantTerms()).instance
      var outcomes: [String: Int] = [:]
      func attempt(_ name: String, _ body: () async throws -> Void) async {
        do {
          try await body()
          outcomes[name, default: 0] += 1
        } catch {
          outcomes["\(name): \(Problem(error).code)", default: 0] += 1
        }
      }
      for round in 0..<40 {
        let terms = GrantTerms(
          userData: [try UserDataPath("Home/prey/d\(round % 3 == 0 ? "" : "/new")")], appData: true)
        let request = GrantRequest(instance, terms, adopting: true)
        await attempt("grant") { _ = try await storage.grants.apply(request) }
        await attempt("usage") { _ = try await storage.grants.usage(UsageScope(includesUserData: true)) }
        await attempt("check") { _ = try await storage.grants.check() }
        await attempt("mount") { _ = try await storage.grants.restoreMounts() }
        if round % 5 == 0 { await attempt("undo") { try await storage.grants.undo(request) } }
        await attempt("revoke") { _ = try await storage.grants.revoke(instance, deletingData: round % 2 == 0) }
        #expect(try await listing(outside) == untouched)
      }
      tenant.cancel()
      _ = try? await tenant.value
      #expect((outcomes["grant"] ?? 0) > 0, "\(outcomes)")
      #expect((outcomes["revoke"] ?? 0) > 0, "\(outcomes)")
      let known: Set = [
        "symbolic-link", "changes-too-fast", "directory-gone", "no-such-file", "not-a-directory", "mount-inside",
      ]
      let codes = outcomes.keys.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
      #expect(Set(codes).isSubset(of: known), "\(outcomes)")
      #expect(outcomes["usage"] == 40, "\(outcomes)")
      #expect(outcomes["check"] == 40, "\(outcomes)")
      // Left to itself again, everything can be ended.
      _ = try await storage.grants.revoke(instance)
      #expect(try storage.grants.find(instance) == nil)
      #expect(try MountTable.current().entries(at: storage.path).isEmpty)
    }
  }

  @Test func replacingADirectoryAfterThePlanChangesNothing() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      let home = try storage.userspace("alice").appending("Home")
      let request = try storage.request(
        "wiki", "alice", GrantTerms(userData: [UserDataPath("Home/Music/new")], appData: true))
      #expect(try storage.grants.plan(request).newDirectories.count == 2)
      #expect(rmdir(home.appending("Music").string) == 0)
      #expect(symlink("/", home.appending("Music").string) == 0)
      let before = try await storage.everything()
      let problem = await #expect(throws: Problem.self) { try await storage.grants.apply(request) }
      #expect(problem?.code == "symbolic-link")
      #expect(try await storage.everything() == before)
      #expect(!Files.exists("/new"))
    }
  }

  /// A second name of somebody else's file must not make it the tenant's.
  @Test func hardLinksDoNotGiveFilesAway() async throws {
    try await StorageScratch.with { storage in
      _ = try await storage.grants.apply(storage.request("first", "alice", GrantTerms(appData: true)))
      let secret = storage.path.appending("shadow")
      try AtomicFile.write("root's", to: secret)
      let userspace = try storage.userspace("alice")
      try Files.createDirectory(userspace.appending("Data/wiki"))
      for place in ["Home/shadow", "Data/wiki/shadow"] {
        #expect(link(secret.string, userspace.appending(place).string) == 0)
      }
      let terms = GrantTerms(userData: [try UserDataPath("Home")], appData: true)
      let request = GrantRequest(try storage.request("wiki", "alice", terms).instance, terms, adopting: true)
      _ = try await storage.grants.apply(request)
      #expect(FileFacts(secret) == FileFacts(mode: 0o600, userID: 0))
      _ = try await storage.grants.revoke(request.instance, deletingData: true)
      #expect(FileFacts(secret) == FileFacts(mode: 0o600, userID: 0))
      #expect(try Files.read(secret) == Array("root's".utf8))
      // In Home nothing is ever deleted.
      #expect(Files.exists(userspace.appending("Home/shadow")))
    }
  }

  @Test func deletingStopsAtMounts() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request("wiki", "alice", GrantTerms(appData: true))
      _ = try await storage.grants.apply(request)
      let inside = try storage.userspace("alice").appending("Data/wiki/backup")
      try Files.createDirectory(inside)
      try await storage.mount(tmpfs: "size=1m", on: inside)
      try AtomicFile.write("precious", to: inside.appending("file"))
      let problem = await #expect(throws: Problem.self) {
        try await storage.grants.revoke(request.instance, deletingData: true)
      }
      #expect(problem?.code == "mount-inside")
      #expect(Files.exists(inside.appending("file")))
      #expect(try storage.grants.find(request.instance) != nil)
    }
  }

  @Test func deletesNamesThatAreNoText() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request("wiki", "alice", GrantTerms(appData: true))
      _ = try await storage.grants.apply(request)
      let data = try storage.userspace("alice").appending("Data")
      let script = """
        cd "$1" && for name in "$(printf '\\377\\376')" "$(printf 'a\\nb')" "$(printf '\\033[2J')" -rf \
          "$(printf '\\342\\200\\256txt')" "$(printf 'e\\314\\201')" "$(printf '\\303\\251')"; do
          mkdir -- "wiki/$name" && : > "wiki/$name/$name" && mkdir -p -- "./$name" && : > "./$name/f" || exit 1
        done
        """
      try await ChildProcess("sh", ["-c", script, "sh", data.string]).check()
      #expect(try await storage.grants.usage().entries.count == 8)
      #expect(try await storage.grants.check().findings.isEmpty)
      _ = try await storage.grants.revoke(request.instance, deletingData: true)
      #expect(try Files.names(in: data).count == 7)
    }
  }

  /// Records say who may use what; one that others can write, or that is another file, is not believed.
  @Test func believesNoRecordThatOthersCanWrite() async throws {
    let attacks: [(String, (FilePath, FilePath) -> Bool)] = [
      (
        "a link",
        { record, other in rename(record.string, other.string) == 0 && symlink(other.string, record.string) == 0 }
      ),
      ("a second name", { record, other in link(record.string, other.string) == 0 }),
      ("another's", { record, _ in chown(record.string, 1000, 1000) == 0 }),
      ("writable", { record, _ in chmod(record.string, 0o666) == 0 }),
      ("writable directory", { record, _ in chmod(record.removingLastComponent().string, 0o777) == 0 }),
      ("another's directory", { record, _ in chown(record.removingLastComponent().string, 1000, 1000) == 0 }),
    ]
    for (name, attack) in attacks {
      try await StorageScratch.with { storage in
        let request = try storage.request("wiki", "alice", GrantTerms(appData: true))
        _ = try await storage.grants.apply(request)
        let record = storage.record(request)
        #expect(attack(record, storage.path.appending("other")), "\(name)")
        let data = try storage.userspace("alice").appending("Data/wiki")
        try AtomicFile.write("x", to: data.appending("page"))
        for attempt in [
          { _ = try await storage.grants.revoke(request.instance, deletingData: true) },
          { _ = try await storage.grants.apply(request) },
          { _ = try storage.grants.show(request.instance) },
        ] {
          let problem = await #expect(throws: Problem.self, "\(name)") { try await attempt() }
          #expect(problem?.code == "not-private", "\(name)")
          #expect(problem?.exitStatus == .notPermitted)
        }
        #expect(try await storage.grants.check().findings.map(\.code) == ["not-private"], "\(name)")
        #expect(Files.exists(data.appending("page")), "\(name)")
      }
    }
  }

  @Test func believesNoRecordAboutAnotherOwnersVolume() async throws {
    try await StorageScratch.with { storage in
      let request = try storage.request("wiki", "al", GrantTerms(appData: true))
      _ = try await storage.grants.apply(request)
      _ = try await storage.grants.apply(storage.request("wiki", "al-ice", GrantTerms(appData: true)))
      let mine = try #require(try storage.userspace("al").lastComponent).string
      let theirs = try storage.userspace("al-ice")
      let text = try #require(try Files.readTextIfPresent(storage.record(request)))
      try AtomicFile.write(
        text.replacing(mine, with: try #require(theirs.lastComponent).string), to: storage.record(request))
      let problem = await #expect(throws: Problem.self) {
        try await storage.grants.revoke(request.instance, deletingData: true)
      }
      #expect(problem?.code == "bad-record")
      #expect(Files.isDirectory(theirs.appending("Data/wiki")))
      #expect(try await storage.grants.check().problems == 1)
    }
  }

  @Test func worksBehindALinkedRoot() async throws {
    try await StorageScratch.with { storage in
      let linked = storage.path.appending("linked")
      #expect(symlink("olares", linked.string) == 0)
      let grants = Grants(layout: Layout(root: linked))
      let request = try storage.request(
        "wiki", "alice", GrantTerms(userData: [UserDataPath("Home/Wiki")], appData: true))
      _ = try await grants.apply(request)
      #expect(try await !grants.apply(request).changed)
      #expect(try await !storage.grants.apply(request).changed)
      #expect(try await grants.check().findings.isEmpty)
      #expect(try await grants.usage().entries.count == 1)
      #expect(try await grants.unmountAll().count == 1)
      _ = try await grants.restoreMounts()
      _ = try await grants.revoke(request.instance)
      #expect(try MountTable.current().entries(at: storage.path).isEmpty)
    }
  }

  /// Everything below `directory` with owner, mode and content.
  private func listing(_ directory: FilePath) async throws -> [String] {
    let script = #"cd "$1" && find . -printf '%p %u %g %m %y\n' && find . -type f -exec cat -- {} +"#
    return try await ChildProcess("sh", ["-c", script, "sh", directory.string]).check()
      .standardOutput.split(separator: "\n").map(String.init).sorted()
  }
}
