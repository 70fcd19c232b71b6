import SystemPackage
import Testing

@testable import Hosting

@Suite struct ServiceStateTests {
  private static func pg(
    _ condition: ServiceState.Condition, processID: Int32? = nil, upTime: Duration? = nil
  ) -> ServiceState {
    ServiceState(name: "pg", condition: condition, processID: processID, upTime: upTime)
  }

  private static let runitCases: [(said: String, state: ServiceState)] = [
    ("run: /a b/pg: (pid 812) 45s; run: log: (pid 810) 99s", pg(.running, processID: 812, upTime: .seconds(45))),
    (
      "run: /a b/pg: (pid 812) 3s, want down, got TERM; run: log: (pid 810) 9s",
      pg(.running, processID: 812, upTime: .seconds(3))
    ),
    ("down: /a b/pg: 3s, normally up; run: log: (pid 810) 9s", pg(.stopped)),
    ("down: /a b/pg: 1s, normally up, want up; run: log: (pid 810) 9s", pg(.failed)),
    ("fail: /a b/pg: runsv not running", pg(.stopped)),
    ("", pg(.stopped)),
  ]

  @Test(arguments: runitCases)
  func runit(said: String, state: ServiceState) {
    #expect(RunitServices.state(of: "pg", at: "/a b/pg", in: said + "\n") == state)
  }

  private static let systemdCases: [(properties: String, state: ServiceState)] = [
    (
      "LoadState=loaded\nActiveState=active\nMainPID=7\nActiveEnterTimestampMonotonic=4000000",
      pg(.running, processID: 7, upTime: .seconds(6))
    ),
    ("LoadState=loaded\nActiveState=active\nMainPID=0", pg(.running)),
    ("LoadState=loaded\nActiveState=inactive\nMainPID=0", pg(.stopped)),
    ("LoadState=loaded\nActiveState=activating\nMainPID=0", pg(.failed)),
    ("LoadState=loaded\nActiveState=failed\nMainPID=0", pg(.failed)),
    ("LoadState=not-found\nActiveState=inactive\nMainPID=0", pg(.absent)),
  ]

  @Test(arguments: systemdCases)
  func systemd(properties: String, state: ServiceState) {
    #expect(SystemdServices.state(of: "pg", in: properties, now: .seconds(10)) == state)
  }
}
