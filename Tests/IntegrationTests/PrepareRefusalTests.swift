import Core
import Glibc
import SystemPackage
import TestServers
import Testing

/// The built command where it must do nothing.
extension PrepareTests {
  @Test func ofTwoRunsAtOnceOneIsTurnedAway() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let prepare = ["prepare"] + machine.commandLineOptions.dropFirst(2)
      async let one = machine.run(prepare)
      async let other = machine.run(prepare)
      let runs = try await [one, other].sorted { $0.status < $1.status }
      #expect(runs.map(\.status) == [0, Core.ExitStatus.busy.rawValue], "\(runs.map(\.standardError))")
      #expect(runs[1].standardError.contains("is in use by another run"))
      #expect(try await machine.run(prepare).standardOutput.hasPrefix("Nothing to do"))
      try await machine.write("kept")
      #expect(try await machine.read() == "kept")
    }
  }

  @Test func lossAndMixUpChangeNothing() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let app = try await machine.prepareWithApp()
      try await app.write("kept")
      #expect(try await machine.run("service", "stop").status == 0)
      let data = machine.root.appending("userdata/dbdata")
      for (lost, message) in [
        (data.appending("postgres_data"), "the data of PostgreSQL is gone"),
        (data.appending("redis_data"), "the data of Redis is gone"),
        (machine.root, "is not there"),
      ] {
        let elsewhere = machine.path.appending("elsewhere")
        try move(lost, to: elsewhere)
        try await expectRefusal(["prepare"], .notPrepared, message, machine)
        try move(elsewhere, to: lost)
      }

      let other = machine.path.appending("other")
      let ports = ["--postgres-port", "\(Ports.free())", "--redis-port", "\(Ports.freeForRedisCluster())"]
      let options = ["prepare", "--root", machine.root.string] + ports
      try await expectRefusal(options + ["--separate"], .cannotCreate, "belongs to", machine, baseDirectory: other)

      // With an /etc of our own, which says that this machine is prepared.
      let etc = machine.path.appending("etc")
      try await ChildProcess("cp", ["-a", "/etc", etc.string]).check()
      try Files.createDirectory(etc.appending("olares"))
      try AtomicFile.write("baseDirectory: \(machine.path)\n", to: etc.appending("olares/cli.yaml"))
      try await expectRefusal(
        options, .cannotCreate, "this machine is prepared with", machine, baseDirectory: other, etc: etc)
      try await expectRefusal(
        options + ["--separate"], .cannotCreate, "belongs to", machine, baseDirectory: other, etc: etc)
      #expect(!Files.exists(other))

      #expect(try await machine.run("prepare").status == 0)
      #expect(try await app.read() == "kept")
    }
  }

  private func move(_ old: FilePath, to new: FilePath) throws {
    try #require(rename(old.string, new.string) == 0)
  }

  /// - Parameter etc: shown to the command in the place of `/etc`.
  private func expectRefusal(
    _ arguments: [String], _ status: Core.ExitStatus, _ message: String, _ machine: PreparedScratch,
    baseDirectory: FilePath? = nil, etc: FilePath? = nil, sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) async throws {
    let before = try await listing(machine)
    var command = [try BuiltExecutable.path.string] + arguments
    command += ["--base-dir", (baseDirectory ?? machine.path).string]
    if let etc {
      command = ["unshare", "--mount", "sh", "-c", "mount --bind \"$0\" /etc && exec \"$@\"", etc.string] + command
    }
    let run = try await ChildProcess("/usr/bin/env", command).run()
    #expect(run.status == status.rawValue, "\(run.standardError)", sourceLocation: sourceLocation)
    #expect(run.standardError.contains(message), "\(run.standardError)", sourceLocation: sourceLocation)
    #expect(try await listing(machine) == before, sourceLocation: sourceLocation)
  }

  /// Every file below the scratch directory, with when it was changed; without logs.
  private func listing(_ machine: PreparedScratch) async throws -> [Substring] {
    try await ChildProcess("find", [machine.path.string, "-printf", "%p %s %m %T@\\n"]).check().standardOutput
      .split(separator: "\n").filter { !$0.contains("/logs") && !$0.contains(".log ") }.sorted()
  }
}
