import Core
import Glibc
import SystemPackage
import Testing

/// No secret is ever in an argument vector, a child's environment, a log, an error, or a file that others can read.
@Suite(.serialized, realMachine) struct SecretHuntTests {
  @Test func noVerbShowsASecret() async throws {
    try await TestMachine.with { machine in
      var hunt = SecretHunt(machine)
      let manifest = try machine.manifest(Manifests.everything("wiki"), named: "wiki")
      try await hunt.succeed(machine.prepare, journal: "prepare")
      // An administrator who wants to see everything in the server's log must not see passwords.
      _ = try await machine.psql("ALTER SYSTEM SET log_statement = 'all'")
      _ = try await machine.psql("SELECT pg_reload_conf()")
      try await hunt.succeed(["app", "apply", manifest, "--owner", "alice"], journal: "app-alice-wiki")
      try await hunt.succeed(["app", "apply", manifest, "--owner", "alice"])
      let options = ["--app", "wiki", "--owner", "alice"]
      try await hunt.succeed(["db", "create", "postgres", "--app", "notes", "--owner", "alice"])
      try await hunt.succeed(["db", "rotate", "postgres"] + options)
      try await hunt.succeed(["redis", "ns", "create", "--app", "notes", "--owner", "alice", "--name", "db0"])
      try await hunt.succeed(["redis", "ns", "rotate"] + options + ["--name", "db0"])
      try await hunt.succeed(["app", "values", "wiki", "--owner", "alice"], isAskedForSecrets: true)
      try await hunt.succeed(["db", "shell", "postgres"] + options + ["--name", "main"])
      try await hunt.succeed(["db", "list", "postgres"])
      try await hunt.succeed(["redis", "ns", "list"])
      try await hunt.succeed(["status"])
      // Statements that are cut off, and their text in the server's log.
      var random = SeededGenerator(purpose: "hunted rotation")
      for _ in 0..<6 {
        let moment = Moment.after(.milliseconds(Int.random(in: 60..<260, using: &random)))
        _ = try await hunt.run(["db", "rotate", "postgres"] + options, disturbance: .signal(SIGINT, moment))
        _ = try await hunt.run(
          ["redis", "ns", "rotate"] + options + ["--name", "db0"], disturbance: .signal(SIGTERM, moment))
      }
      try await hunt.succeed(["db", "rotate", "postgres"] + options)
      // Errors quote what the server says.
      for service in ["postgresql", "redis-\(machine.redisPort)"] {
        try await hunt.succeed(["service", "stop", service])
        #expect(try await hunt.run(["app", "apply", manifest, "--owner", "bob"]).status == 69)
        try await hunt.succeed(["service", "start", service])
      }
      try await machine.waitUntilServing()
      try await hunt.succeed(["app", "remove", "wiki", "--owner", "alice", "--delete-data", "--yes"])

      let result = try await hunt.findings()
      #expect(result.places == [])
      // 3 of the servers, 2 of each app and as many after each rotation, and their verifiers.
      #expect(hunt.secrets.count > 10)
      #expect(result.rounds > 100)
    }
  }

  /// Each place that the test above looks at holds a secret here, and it has to say so.
  @Test func whatIsHuntedIsFound() async throws {
    try await TestMachine.with { machine in
      var hunt = SecretHunt(machine)
      try await machine.succeed(machine.prepare)
      try await hunt.learn()
      let secret = try #require(hunt.secrets.min())
      _ = try await ChildProcess("/bin/sh", ["-c", "sleep 2; :", secret]).run()
      _ = try await ChildProcess("/bin/sleep", ["2"], environment: ["PLANTED": secret]).run()
      let planted = "password=\(secret)\n"
      try AtomicFile.write(planted, to: machine.baseDirectory.appending("logs/planted.log"))
      try AtomicFile.write(planted, to: machine.baseDirectory.appending("service/postgresql/run"))
      try AtomicFile.write(planted, to: machine.root.appending("planted"), mode: [.ownerReadWrite, .otherRead])
      let manifest = try machine.manifest(Manifests.databases("wiki"), named: "wiki")
      try await hunt.succeed(["app", "apply", manifest, "--owner", "alice"])
      try await hunt.succeed(["app", "values", "wiki", "--owner", "alice"])
      let places = try await hunt.findings().places
      let expected = [
        "/proc/*/cmdline of /bin/sh", "/proc/*/environ of /bin/sleep: PLANTED", "logs/planted.log",
        "service/postgresql/run", "nobody can read \(machine.root)/planted",
        "the output of app values wiki --owner alice",
      ]
      for place in expected {
        #expect(places.contains { $0.contains(place) }, "\(place) is not among \(places)")
      }
    }
  }
}

extension SecretHunt {
  fileprivate mutating func succeed(
    _ arguments: [String], journal: String? = nil, isAskedForSecrets: Bool = false,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) async throws {
    let run = try await run(arguments, journal: journal, isAskedForSecrets: isAskedForSecrets)
    try #require(
      run.status == 0, "\(arguments.joined(separator: " ")): \(run.summary)", sourceLocation: sourceLocation)
  }
}
