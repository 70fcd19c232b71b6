import Core
import FoundationEssentials
import Testing

@testable import Setup

@Suite struct StatusReportTests {
  private func report(_ states: StatusReport.Component.State...) -> StatusReport {
    StatusReport(
      host: "box", baseDirectory: "/b", prepared: Date(timeIntervalSince1970: 0), fileSystem: "fs",
      components: states.map { .init(name: "redis", address: "127.0.0.1:7001", state: $0) })
  }

  @Test func healthyIsWhatServes() {
    #expect(report(.ok, .attention).isHealthy)
    #expect(!report(.ok, .starting).isHealthy)
    #expect(!report(.down, .ok).isHealthy)
  }

  @Test func findingsKeepNoPassword() {
    let password = Secret("a password of its own").reveal()
    let problem = Problem("x", .failed, "cannot connect", hint: "try again", cause: "not \(password)\nread the manual")
    let finding = StatusReport.Finding(problem)
    #expect(finding.message.hasPrefix("cannot connect: not "))
    #expect(!finding.message.contains(password))
    #expect(!finding.message.contains("manual"))
    #expect(finding.hints == ["try again"])
  }

  @Test func programsGetTheHealthToo() throws {
    let json = String(decoding: try JSONEncoder().encode(report(.starting)), as: UTF8.self)
    #expect(json.contains("\"healthy\":false"))
    #expect(json.contains("\"state\":\"starting\""))
  }
}
