import Core
import Glibc
import SystemPackage
import TestServers
import Testing

@testable import Hosting

/// Real programs under a real runsvdir.
@Suite(.enabled(if: UserAccount.isRoot && Files.exists("/usr/bin/runsvdir"), "needs root and runit"))
struct ServiceTests {
  @Test func keepsAServiceRunning() async throws {
    try await SupervisedScratch.with { scratch in
      let services = scratch.services
      let service = ServiceDefinition(
        "sleeper", summary: "A test", command: ["/bin/sh", "-c", "echo hello from $0; exec sleep 1000", "it's me"],
        account: "nobody")

      #expect(try services.outdated([service]) == ["sleeper"])
      #expect(try await services.states(of: [service]).map(\.condition) == [.absent])
      try await services.install([service])
      #expect(try services.outdated([service]).isEmpty)
      try await services.start([service])
      let first = try #require(try await services.states(of: [service]).first)
      #expect(first.condition == .running)

      let id = try #require(first.processID)
      let owner = try #require(UserAccount(named: "nobody"))
      let status = try Files.readTextIfPresent(FilePath("/proc/\(id)/status")) ?? ""
      #expect(status.contains("Uid:\t\(owner.userID)\t\(owner.userID)"))

      kill(id, SIGKILL)
      try await eventually {
        let now = try await services.states(of: [service]).first
        return now?.condition == .running && now?.processID != id
      }
      try await eventually {
        try await services.logTail(of: service, lines: 5).contains("hello from it's me")
      }

      try await services.stop([service])
      #expect(try await services.states(of: [service]).map(\.condition) == [.stopped])
      // A second stop, and a second start, find nothing to do.
      try await services.stop([service])
      try await services.start([service])
      try await services.start([service])
      #expect(try await services.states(of: [service]).map(\.condition) == [.running])
    }
  }

  @Test func stopsWithTheServicesOwnSignal() async throws {
    try await SupervisedScratch.with { scratch in
      let mark = scratch.path.appending("mark")
      let script =
        "trap 'echo INT >\(mark); exit' INT; trap 'echo TERM >\(mark); exit' TERM; while :; do sleep 0.1; done"
      let service = ServiceDefinition(
        "trapper", summary: "A test", command: ["/bin/sh", "-c", script], stopSignal: .interrupt)
      try await scratch.services.install([service])
      try await scratch.services.start([service])
      try await Task.sleep(for: .milliseconds(300))
      try await scratch.services.stop([service])
      #expect(try Files.readTextIfPresent(mark) == "INT\n")
    }
  }

  @Test func aServiceThatNeverServesIsReportedWithItsLog() async throws {
    try await SupervisedScratch.with { scratch in
      let service = ServiceDefinition(
        "broken", summary: "A test", command: ["/bin/sh", "-c", "echo no such database; exit 1"],
        readiness: .command(["/bin/false"]))
      try await scratch.services.install([service])
      let problem = await #expect(throws: Problem.self) {
        try await scratch.services.start([service], patience: .seconds(2))
      }
      #expect(problem?.code == "service-failed")
      #expect(problem?.exitStatus == .unavailable)
    }
  }

  @Test func removesServicesAndTheSupervisor() async throws {
    try await SupervisedScratch.with { scratch in
      let services = ["a", "b"].map {
        ServiceDefinition($0, summary: "A test", command: ["/bin/sleep", "1000"])
      }
      try await scratch.services.install(services)
      try await scratch.services.start(services)
      #expect(try scratch.runit.supervisorID() != nil)
      #expect(try scratch.services.installed() == ["a", "b"])
      try await scratch.services.remove(["a", "b"])
      #expect(try scratch.services.installed().isEmpty)
      #expect(try await scratch.services.states(of: services).map(\.condition) == [.absent, .absent])
      #expect(try scratch.runit.supervisorID() == nil)
    }
  }

  @Test func aNewSupervisorTakesOverWhatAKilledOneLeft() async throws {
    try await SupervisedScratch.with { scratch in
      let services = ["a", "b"].map { ServiceDefinition($0, summary: "A test", command: ["/bin/sleep", "1000"]) }
      try await scratch.services.install(services)
      try await scratch.services.start(services)
      let first = try #require(try scratch.runit.supervisorID())
      kill(first, SIGKILL)
      try await eventually { try !scratch.services.isSupervising() }

      try await scratch.services.start([services[0]])
      #expect(try scratch.runit.supervisorID() != first)
      // Both of its services end and start again under the new one.
      for service in services {
        let old = try #require(try await scratch.services.states(of: [service]).first?.processID)
        kill(old, SIGKILL)
        try await eventually {
          let now = try await scratch.services.states(of: [service]).first
          return now?.condition == .running && now?.processID != old
        }
      }
      let log = try Files.readTextIfPresent(scratch.path.appending("logs").appending("runsvdir.log")) ?? ""
      #expect(!log.contains("unable to lock"), "\(log)")
    }
  }

  @Test func whatRunsOnceComesFirst() async throws {
    try await SupervisedScratch.with { scratch in
      let mark = scratch.path.appending("mark")
      let once = ServiceDefinition(
        "once", summary: "A test", kind: .once, command: ["/usr/bin/touch", mark.string])
      let daemon = ServiceDefinition(
        "daemon", summary: "A test",
        command: ["/bin/sh", "-c", "test -e \(mark) && exec sleep 1000"])
      #expect(try await scratch.services.states(of: [once]).map(\.condition) == [.stopped])
      try await scratch.services.install([once, daemon])
      try await scratch.services.start([once, daemon])
      #expect(Files.exists(mark))
      #expect(try await scratch.services.states(of: [once, daemon]).map(\.condition) == [.running, .running])
    }
  }
}
