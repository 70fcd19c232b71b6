import Core
import Testing

@testable import PostgreSQL

@Suite struct Limits {
  @Test(arguments: [
    ("30s", 30_000, "30s"), ("5min", 300_000, "5min"), ("90s", 90_000, "90s"), ("250ms", 250, "250ms"),
    ("2h", 7_200_000, "2h"), ("0", 0, "none"), ("none", 0, "none"), ("24d", 2_073_600_000, "24d"),
  ])
  func timesHaveUnits(text: String, milliseconds: Int, shown: String) throws {
    let timeout = try StatementTimeout(text)
    #expect(timeout.milliseconds == milliseconds)
    #expect(timeout.description == shown)
    #expect(try StatementTimeout(shown) == timeout)
    #expect(StatementTimeout(reported: timeout.setting) == timeout)
  }

  @Test(arguments: ["30", "", "s", "-1s", "1.5s", "25d", "30s; DROP", "99999999999s", "3 weeks", "30S"])
  func otherTimesAreRefused(text: String) {
    let problem = #expect(throws: Problem.self) { try StatementTimeout(text) }
    #expect(problem?.exitStatus == .usage)
  }

  @Test func serverCountsInMilliseconds() {
    #expect(StatementTimeout(reported: "30000")?.description == "30s")
    #expect(StatementTimeout(reported: "1 min")?.description == "1min")
    #expect(StatementTimeout(reported: "soon") == nil)
  }

  @Test func connectionsAreNumbersOrNone() throws {
    #expect(try ConnectionLimit("12").setting == 12)
    #expect(try ConnectionLimit("none").setting == -1)
    #expect(try ConnectionLimit("0") == .none)
    for text in ["-1", "", "10001", "all", "1e3"] {
      let problem = #expect(throws: Problem.self) { try ConnectionLimit(text) }
      #expect(problem?.exitStatus == .usage)
    }
  }

  @Test func whatNobodyAskedForIsMetByAnything() throws {
    let present = RoleLimits(connections: .usual, statementTimeout: try StatementTimeout("1s"))
    #expect(RoleLimits().isMet(by: present))
    #expect(RoleLimits(connections: .usual).isMet(by: present))
    #expect(!RoleLimits(connections: ConnectionLimit.none).isMet(by: present))
    #expect(!RoleLimits(statementTimeout: StatementTimeout.none).isMet(by: present))
  }
}
