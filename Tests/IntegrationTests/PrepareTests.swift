import Configuration
import Core
import Glibc
import PostgreSQL
import Redis
import SystemPackage
import TestServers
import Testing

@testable import Hosting
@testable import Setup

/// Real servers, kept running by a real runsvdir.
@Suite(
  .serialized, .enabled(if: SupervisedScratch.canPrepare, "needs \(SupervisedScratch.needsOfPrepare)"))
struct PrepareTests {
  @Test func preparesOnceAndThenFindsNothingToDo() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let first = try machine.preparation()
      #expect(try first.checks().failures.isEmpty)
      #expect(try await !first.isDone())
      #expect(try await first.run { _ in })
      let secrets = try first.instance.secrets.serverSecrets()
      try await machine.write("kept")

      let second = try machine.preparation()
      #expect(try second.checks().failures.isEmpty)
      #expect(try await second.isDone())
      #expect(try await !second.run { _ in })
      #expect(try second.instance.secrets.serverSecrets() == secrets)
      #expect(second.instance.installation.prepared == second.present?.prepared)
      #expect(try await machine.read() == "kept")

      let report = try await StatusProbe(second.instance).report()
      #expect(report.isHealthy)
      #expect(report.findings == 0, "\(report.components.flatMap(\.findings))")
      #expect(report.components.map(\.name) == ["storage", "postgresql", "redis", "redis-proxy"])
      #expect(report.components[1].address == "127.0.0.1:\(machine.postgresPort)")

      let proxy = try await second.instance.services.states(of: second.instance.proxyServices)
      let threads = FilePath("/proc/\(try #require(proxy.first?.processID))/task")
      for thread in try Files.names(in: threads) {
        let status = try #require(try Files.readTextIfPresent(threads.appending(thread).appending("status")))
        #expect(!status.contains("Uid:\t0"), "the proxy's thread \(thread) is still root's")
      }
    }
  }

  @Test func everyServiceComesBack() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      _ = try await machine.preparation().run { _ in }
      try await machine.write("kept")
      let instance = try machine.preparation().instance
      let services = instance.services
      let daemons = try instance.serviceDefinitions().filter { $0.kind == .daemon }

      for state in try await services.states(of: daemons) { kill(try #require(state.processID), SIGKILL) }
      try await eventually {
        for daemon in daemons where try await !daemon.isReady() { return false }
        return try await StatusProbe(instance).report().isHealthy
      }
      // A node serves again a few seconds after it answers.
      try await eventually { (try? await machine.read()) == "kept" }

      try await services.stop(daemons)
      let down = try await StatusProbe(instance).report()
      #expect(down.components.map(\.state) == [.ok, .down, .down, .down])
      #expect(down.components[1].findings.first?.hints == ["olares-cli service start postgresql"])
      #expect(try await !machine.preparation().isDone())

      // Waits until they serve, not only answer.
      try await instance.start(try instance.serviceDefinitions())
      #expect(try await StatusProbe(instance).report().isHealthy)
      #expect(try await machine.read() == "kept")

      let supervisor = RunitServices(directory: scratch.serviceDirectory, logs: scratch.path, log: nil)
      kill(try #require(try supervisor.supervisorID()), SIGKILL)
      try await eventually { try !services.isSupervising() }
      let orphaned = try await StatusProbe(instance).report()
      #expect(orphaned.isHealthy)
      #expect(orphaned.components[0].findings.first?.hints == ["olares-cli service start storage"])
      try await instance.start([])
      #expect(try await StatusProbe(instance).report().findings == 0)
      #expect(try await machine.read() == "kept")
    }
  }

  @Test func neverMakesNewPasswordsForOldData() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let preparation = try machine.preparation()
      _ = try await preparation.run { _ in }
      try await machine.write("kept")
      let file = scratch.path.appending("secrets").appending("servers.yaml")
      let saved = try #require(try Files.readTextIfPresent(file))
      try Files.remove(file)

      let problem = await #expect(throws: Problem.self) { try await machine.preparation().run { _ in } }
      #expect(problem?.code == "secret-lost")
      #expect(problem?.exitStatus == .notPrepared)
      #expect(!Files.exists(file))
      let report = try await StatusProbe(preparation.instance).report()
      #expect(report.components.map(\.state) == [.ok, .down, .down, .ok])

      try AtomicFile.write(saved, to: file)
      #expect(try await machine.preparation().isDone())
      #expect(try await machine.read() == "kept")
    }
  }

  @Test func namesEveryPortThatIsTaken() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let log = scratch.path.appending("redis.log")
      let taken = try ServerProcess(
        ["/usr/bin/redis-server", "--port", "\(machine.postgresPort)", "--save", ""], log: log)
      let other = try ServerProcess(
        ["/usr/bin/redis-server", "--port", "\(machine.redisPort + 10_000)", "--save", ""], log: log)
      defer {
        taken.stop()
        other.stop()
      }
      try await eventually {
        try PortHolder.isListening(on: machine.postgresPort) && PortHolder.isListening(on: machine.redisPort + 10_000)
      }
      let failures = try machine.preparation().checks().failures
      #expect(failures.map(\.code) == ["port-taken", "port-taken"])
      #expect(failures.map(\.exitStatus) == [.cannotCreate, .cannotCreate])
      #expect(failures[0].message.hasPrefix("port \(machine.postgresPort) is taken by redis-server (pid "))
      #expect(failures[0].hints == ["use another port: olares-cli prepare --postgres-port \(machine.postgresPort + 1)"])
      #expect(!Files.exists(scratch.path.appending("olares")))
    }
  }

  @Test func refusesToMoveWhatIsPrepared() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      try machine.preparation().instance.installation.save(to: scratch.path)
      var options = machine.options
      options.root = "/elsewhere"
      let problem = #expect(throws: Problem.self) {
        try Preparation(options, baseDirectory: scratch.path, executable: "/bin/true")
      }
      #expect(problem?.code == "prepared-differently")
    }
  }

  /// A second run beside the first is told to come back later.
  @Test func oneRunAtATime() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let lock = try await FileLock.acquire(scratch.path.appending("prepare.lock"), purpose: "a test")
      let problem = await #expect(throws: Problem.self) { try await machine.preparation().run { _ in } }
      #expect(problem?.exitStatus == .busy)
      _ = consume lock
    }
  }

  /// Wherever a run is killed, the next one finishes it, with the passwords that the first one chose.
  @Test(arguments: [50, 400, 1200, 2500, 4000, 6000])
  func finishesAKilledRun(milliseconds: Int) async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let killed = try await ChildProcess(
        "/usr/bin/timeout",
        ["-s", "KILL", "\(Double(milliseconds) / 1000)", try BuiltExecutable.path.string, "prepare"]
          + machine.commandLineOptions
      ).run()
      _ = killed
      let file = scratch.path.appending("secrets").appending("servers.yaml")
      let before = Files.exists(file) ? try machine.preparation().instance.secrets.serverSecrets() : nil

      let preparation = try machine.preparation()
      #expect(try preparation.checks().failures.isEmpty)
      _ = try await preparation.run { _ in }
      #expect(try await machine.preparation().isDone())
      let after = try preparation.instance.secrets.serverSecrets()
      if let password = before?.postgresAdmin { #expect(after.postgresAdmin == password) }
      if let password = before?.redisAdmin { #expect(after.redisAdmin == password) }
      try await machine.write("kept")
      #expect(try await machine.read() == "kept")
    }
  }

  @Test func setsUpACluster() async throws {
    try await SupervisedScratch.with { scratch in
      var machine = PreparedScratch(scratch)
      machine.options.redisSize = .replicated
      _ = try await machine.preparation().run { _ in }
      let report = try await StatusProbe(machine.preparation().instance).report()
      #expect(report.isHealthy)
      #expect(report.components[2].counts["nodes"] == 6)
      #expect(try await machine.preparation().isDone())
    }
  }
}
