import Core
import FoundationEssentials
import Testing

@testable import Commands
@testable import Setup

@Suite struct StatusTextTests {
  private func text(_ components: [StatusReport.Component]) -> String {
    StatusReport(
      host: "box", baseDirectory: "/b", prepared: Date(timeIntervalSince1970: 0), fileSystem: "fs",
      components: components
    ).text(.plain)
  }

  @Test func everyComponentIsALine() {
    var redis = StatusReport.Component(name: "redis", address: "127.0.0.1:7001", version: "7.0.15", state: .ok)
    redis.summary = "1 namespace"
    redis.upSeconds = 60
    #expect(
      text([StatusReport.Component(name: "storage", address: "/olares", state: .ok), redis])
        == """
        box · prepared 1970-01-01 · local disk

          Storage  /olares
          Redis    127.0.0.1:7001  7.0.15  up 1 m 00 s  1 namespace
        """)
  }

  @Test(arguments: [StatusReport.Component.State.down, .starting])
  func whatDoesNotServeSaysSo(state: StatusReport.Component.State) {
    var redis = StatusReport.Component(name: "redis", address: "127.0.0.1:7001", state: state)
    redis.summary = "1 namespace"
    redis.findings = [.init("it does not run", hint: "olares-cli service start redis-7001")]
    let lines = text([redis]).split(separator: "\n").map(String.init)
    #expect(lines[0].hasSuffix("! 1 thing needs you"))
    #expect(lines[1].hasSuffix(state.rawValue))
    #expect(!lines[1].contains("namespace"))
    #expect(lines[2].hasSuffix(" it does not run"))
    #expect(lines[3].hasSuffix("hint: olares-cli service start redis-7001"))
  }
}
