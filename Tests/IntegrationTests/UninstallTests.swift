import Configuration
import Core
import FoundationEssentials
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

@testable import Hosting
@testable import Setup

/// The built command on an instance of its own: real servers under a real runsvdir, an app with data in all of them.
@Suite(
  .serialized, .enabled(if: SupervisedScratch.canPrepare, "needs \(SupervisedScratch.needsOfPrepare)"))
struct UninstallTests {
  @Test func whatIsKeptComesBack() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let app = try await machine.prepareWithApp()
      try await app.write("kept")
      let values = try await app.values()
      let secrets = try machine.preparation().instance.secrets.serverSecrets()
      try AtomicFile.write("a letter", to: try app.home.appending("Documents/letter.txt"))

      let ended = try await machine.run("uninstall", "--yes")
      #expect(ended.status == 0, "\(ended.standardError)")
      #expect(ended.standardOutput.contains("To come back:   olares-cli prepare --base-dir \(machine.path)\n"))
      #expect(try machine.traces().isEmpty)
      #expect(try await machine.run("status").status == ExitStatus.notPrepared.rawValue)

      let again = try await machine.run("uninstall", "--yes", "--output", "json")
      #expect(again.status == 0)
      #expect(again.standardOutput.contains("\"changed\" : false"))

      // Its places and ports need not be said again.
      let back = try await machine.run("prepare")
      #expect(back.status == 0, "\(back.standardError)")
      #expect(try machine.preparation().instance.secrets.serverSecrets() == secrets)
      #expect(try await app.values() == values)
      #expect(try await app.read() == "kept")
      #expect(try Files.readTextIfPresent(app.view.appending("Documents/letter.txt")) == "a letter")
      #expect(try await machine.run("prepare").standardOutput.hasPrefix("Nothing to do"))
    }
  }

  @Test func onlyWhatIsOursIsDeleted() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let app = try await machine.prepareWithApp()
      let outside = scratch.path.appending("outside")
      try Files.createDirectory(outside)
      try AtomicFile.write("not ours", to: outside.appending("file"))
      try AtomicFile.write("not ours", to: machine.root.appending("beside.txt"))
      let link = try app.home.appending("Documents/link")
      try await ChildProcess("ln", ["-s", outside.string, link.string]).check()

      let plan = try await machine.run("uninstall", "--delete-data", "--dry-run")
      #expect(plan.status == 0)
      #expect(plan.standardOutput.contains("the files of 1 owner: alice"))
      #expect(plan.standardOutput.contains("1 database of apps"))
      #expect(plan.standardOutput.contains("1 namespace of apps"))

      let unconfirmed = try await machine.run("uninstall", "--delete-data", "--yes")
      #expect(unconfirmed.status == ExitStatus.usage.rawValue)
      let other = try await machine.run("uninstall", "--delete-data", "--confirm-root", "\(machine.root)2")
      #expect(other.status == ExitStatus.usage.rawValue)
      #expect(try await machine.run("status").status == 0)

      let arguments = ["uninstall", "--delete-data", "--confirm-root", machine.root.string]
      let ended = try await machine.run(arguments)
      #expect(ended.status == 0, "\(ended.standardError)")
      #expect(try machine.traces().isEmpty)
      #expect(try Files.names(in: machine.root) == ["beside.txt"])
      #expect(try Files.readTextIfPresent(outside.appending("file")) == "not ours")
      #expect(!Files.exists(machine.path.appending("secrets")))
      #expect(!Files.exists(machine.path.appending("uninstalled.yaml")))
      let again = try await machine.run(arguments)
      #expect(again.status == 0)
      #expect(again.standardOutput.hasPrefix("Nothing to do"))
    }
  }

  /// Wherever a run is killed, the same command finishes it.
  @Test(arguments: [30, 200, 600, 1200, 2000, 3000])
  func finishesAKilledRun(milliseconds: Int) async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      _ = try await machine.prepareWithApp()
      let arguments = [
        "uninstall", "--delete-data", "--confirm-root", machine.root.string, "--base-dir", machine.path.string,
      ]
      _ = try await ChildProcess(
        "/usr/bin/timeout",
        ["-s", "KILL", "\(Double(milliseconds) / 1000)", try BuiltExecutable.path.string] + arguments
      ).run()
      if try Uninstallation.isDeleting(in: machine.path) {
        let back = try await machine.run("prepare")
        #expect(back.status == ExitStatus.notPrepared.rawValue)
        #expect(back.standardError.contains("olares-cli uninstall --delete-data"))
      }
      let ended = try await ChildProcess(try BuiltExecutable.path.string, arguments).run()
      #expect(ended.status == 0, "\(ended.standardError)")
      #expect(try machine.traces().isEmpty)
      #expect(!Files.exists(machine.root))
      #expect(!Files.exists(machine.path.appending("secrets")))
    }
  }

  @Test func aServerThatIsStillRunningKeepsItsData() async throws {
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      _ = try await machine.preparation().run { _ in }
      let instance = try machine.preparation().instance
      // As after a crash of the supervisor and of what supervises each service.
      let supervisor = RunitServices(directory: scratch.serviceDirectory, logs: scratch.path, log: nil)
      let redis = try #require(instance.redisServices.last)
      let id = try #require(try await instance.services.states(of: [redis]).first?.processID)
      kill(try #require(try supervisor.supervisorID()), SIGKILL)
      kill(try #require(try parent(of: id)), SIGKILL)

      let uninstallation = try Uninstallation(baseDirectory: machine.path, deletingData: true)
      let problem = await #expect(throws: Problem.self) { try await uninstallation.run { _ in } }
      #expect(problem?.code == "in-use")
      #expect(problem?.hints.first?.hasSuffix("kill -INT \(id)") == true)
      #expect(instance.hasRedisData)
      kill(id, SIGTERM)
      #expect(try await uninstallation.run { _ in })
      #expect(!Files.exists(machine.root))
    }
  }

  private func parent(of id: Int32) throws -> Int32? {
    let status = try Files.readTextIfPresent(FilePath("/proc/\(id)/status")) ?? ""
    return status.split(separator: "\n").first { $0.hasPrefix("PPid:") }.flatMap { Int32($0.dropFirst(6)) }
  }
}
