import Configuration
import Core
import SystemPackage
import Testing

/// Data without its secrets, secrets without their data, and another base directory: what apps' verbs do then.
@Suite(.serialized, realMachine) struct LossTests {
  @Test func serversSecretsAreLost() async throws {
    try await withWiki { machine, apply in
      let file = machine.baseDirectory.appending("secrets/servers.yaml")
      let before = try await machine.state()
      let saved = try #require(try Files.readTextIfPresent(file))
      try Files.remove(file)
      for verb in [
        apply, ["app", "remove", "wiki", "--owner", "alice"], ["db", "rotate", "--app", "wiki", "--owner", "alice"],
      ] {
        let run = try await machine.run(verb)
        #expect(run.status == 78, "\(run.summary)")
        #expect(run.errors.contains("servers.yaml"), "\(run.summary)")
      }
      #expect(!Files.exists(file))
      try AtomicFile.write(saved, to: file)
      try await machine.expect(before, "with the secrets back")
      try await machine.succeed(apply)
      try await machine.expect(before, "applied again")
    }
  }

  @Test func anAppsSecretsAreLost() async throws {
    try await withWiki { machine, apply in
      let before = try await machine.state()
      try Files.remove(machine.baseDirectory.appending("secrets/alice/wiki.yaml"))
      let lost = try await machine.state()
      // Each refusal names the way out; following it leads back to what there was.
      for _ in 0..<4 {
        let run = try await machine.run(apply)
        if run.status == 0 { break }
        #expect(run.status == 78, "\(run.summary)")
        let hint = try #require(run.errors.firstMatch(of: #/olares-cli ((db|redis) [^\n]*)/#), "\(run.summary)")
        try await machine.succeed(hint.output.1.split(separator: " ").map(String.init))
      }
      try await machine.expect(before, "after rotating")

      try Files.remove(machine.baseDirectory.appending("secrets/alice/wiki.yaml"))
      try await machine.expect(lost, "lost once more")
      let values = try await machine.run(["app", "values", "wiki", "--owner", "alice"])
      #expect(values.status == 78, "\(values.summary)")
      #expect(values.errors.contains("olares-cli db rotate postgres --app wiki --owner alice"), "\(values.summary)")
      try await machine.succeed(["service", "stop", "postgresql"])
      try await machine.succeed(["redis", "ns", "rotate", "--app", "wiki", "--owner", "alice", "--name", "db0"])
      let rest = try await machine.succeed(["app", "values", "wiki", "--owner", "alice"])
      #expect(rest.errors.contains("whether the app has more there is not known"), "\(rest.summary)")
      try await machine.succeed(["service", "start", "postgresql"])
      try await machine.succeed(["app", "remove", "wiki", "--owner", "alice", "--delete-data", "--yes"])
      try await machine.succeed(apply)
      // The record of its grant now says that the owner's volumes were there before.
      let logins = try await machine.state().lines.filter { $0.hasPrefix("login ") }
      #expect(logins == before.lines.filter { $0.hasPrefix("login ") })
    }
  }

  /// A run that fails takes back what one that was killed had made, but not what the app has stored since.
  @Test func whatAKilledApplyMadeIsInUse() async throws {
    try await TestMachine.with { machine in
      try await machine.succeed(machine.prepare)
      let manifest = try machine.manifest(Manifests.everything("wiki"), named: "wiki")
      let failing = try machine.manifest(Manifests.everything("wiki", last: "SELECT 1/0"), named: "failing")
      let killed = try await machine.run(
        ["app", "apply", manifest, "--owner", "alice"], journal: "app-alice-wiki",
        disturbance: .kill(.entry(4)))
      try #require(killed.status == 137, "\(killed.summary)")
      _ = try await machine.psql("INSERT INTO note VALUES (1)", database: "wiki_alice_main")

      let failed = try await machine.run(["app", "apply", failing, "--owner", "alice"])
      #expect(failed.status == 65, "\(failed.summary)")
      #expect(failed.errors.contains("what could not be taken back: "), "\(failed.summary)")
      #expect(failed.errors.contains("the database wiki_alice_main has data in it"), "\(failed.summary)")
      let databases = try await machine.psql("SELECT datname FROM pg_database WHERE starts_with(datname, 'wiki')")
      #expect(databases == "wiki_alice_main\n")

      try await machine.succeed(["app", "apply", manifest, "--owner", "alice"])
      #expect(try await machine.psql("SELECT id FROM note", database: "wiki_alice_main") == "1\n")
    }
  }

  /// Somebody dropped the databases and emptied Redis: what is on record fits what is made anew.
  @Test func dataIsGone() async throws {
    try await withWiki { machine, apply in
      let before = try await machine.state()
      let secrets = try machine.secrets.secrets(of: AppInstance(app: try AppName("wiki"), owner: try Owner("alice")))
      for database in try #require(secrets.postgres).databases.values {
        _ = try await machine.psql("DROP DATABASE \"\(database)\" WITH (FORCE)")
      }
      _ = try await machine.psql("DROP ROLE \"\(secrets.postgres?.username ?? "")\"")
      _ = try await machine.redis("FLUSHALL")
      let run = try await machine.succeed(apply)
      #expect(run.errors.contains("Done, "), "\(run.summary)")
      try await machine.expect(before, "applied anew")
      #expect(
        try machine.secrets.secrets(of: AppInstance(app: try AppName("wiki"), owner: try Owner("alice"))) == secrets)
    }
  }

  @Test func anotherBaseDirectory() async throws {
    try await withWiki { machine, apply in
      let before = try await machine.state()
      let other = machine.scratch.appending("other")
      for verb in [
        apply, ["app", "remove", "wiki", "--owner", "alice", "--delete-data", "--yes"],
        ["app", "values", "wiki", "--owner", "alice"], ["db", "rotate", "--app", "wiki", "--owner", "alice"],
        ["storage", "revoke", "--app", "wiki", "--owner", "alice"],
      ] {
        let run = try await machine.run(verb, baseDirectory: other)
        #expect(run.status == 78, "\(verb): \(run.summary)")
        #expect(run.errors.contains("\(other)/config.yaml"), "\(run.summary)")
      }
      #expect(!Files.exists(other))
      try await machine.expect(before, "used with another base directory")
    }
  }

  private func withWiki(_ body: (TestMachine, _ apply: [String]) async throws -> Void) async throws {
    try await TestMachine.with { machine in
      try await machine.succeed(machine.prepare)
      let manifest = try machine.manifest(Manifests.everything("wiki"), named: "wiki")
      let apply = ["app", "apply", manifest, "--owner", "alice"]
      try await machine.succeed(apply)
      try await body(machine, apply)
    }
  }
}
