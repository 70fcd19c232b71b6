import Core
import Testing

@testable import Redis

struct ClusterSlotsTests {
  private let asked = RedisEndpoint(host: "10.0.0.1", port: 7001)

  private func topology(_ lines: String...) throws -> ClusterTopology {
    try #require(ClusterTopology(lines.joined(separator: "\n"), asked: asked))
  }

  @Test func readsWhichSlotsAreOnTheMove() throws {
    let node = try topology(
      "aaa 10.0.0.1:7001@17001 myself,master - 0 0 7 connected 0-92 [93->-bbb] [94-<-ccc] [95] [x->-y]"
    ).nodes[0]
    #expect(node.openSlots.map(\.slot) == [93, 94])
    #expect(node.openSlots.map(\.isImporting) == [false, true])
    #expect(node.openSlots.map(\.peer) == ["bbb", "ccc"])
    #expect(node.epoch == 7 && node.isLinked)
  }

  @Test func rangesAreWrittenAndRead() {
    let ranges = [ClosedRange<Int>](slots: [0, 1, 2, 5, 7, 8])
    #expect(ranges == [0...2, 5...5, 7...8])
    #expect(ranges.slotText == "0-2 5 7-8")
    #expect([ClosedRange<Int>](slotText: ranges.slotText) == ranges)
    #expect([ClosedRange<Int>](slotText: "3-1 x 4").slotText == "4")
    #expect(ranges.slotCount == 6)
  }

  /// Of slots on the move, each master knows first what it has; the others hear of it later.
  @Test func whileSlotsMoveEachMasterSpeaksForItself() throws {
    let source = try topology(
      "aaa 10.0.0.1:7001@17001 myself,master - 0 0 1 connected 2-16383 [2->-bbb]",
      "bbb 10.0.0.2:7001@17001 master - 0 0 3 connected 0-1")
    let target = try topology(
      "aaa 10.0.0.1:7001@17001 master - 0 0 1 connected 3-16383",
      "bbb 10.0.0.2:7001@17001 myself,master - 0 0 4 connected 0-2")
    let replica = try topology(
      "aaa 10.0.0.1:7001@17001 master - 0 0 1 connected 0-16383", "bbb 10.0.0.2:7001@17001 master - 0 0 2 connected")
    let merged = try #require(ClusterTopology.duringMove([replica, source, target]))
    #expect(merged.node("aaa")?.slots == [3...16_383])
    #expect(merged.node("bbb")?.slots == [0...2])
    #expect(merged.openSlots == [2])

    let failedOver = try topology(
      "aaa 10.0.0.1:7001@17001 slave bbb 0 0 1 connected", "bbb 10.0.0.2:7001@17001 myself,master - 0 0 4 connected 0-2"
    )
    #expect(ClusterTopology.duringMove([source, failedOver]) == nil)
    #expect(ClusterTopology.duringMove([replica, target]) == nil)
  }

  @Test func slotsOfFailedMastersAreNotServed() throws {
    let topology = try topology(
      "aaa 10.0.0.1:7001@17001 myself,master - 0 0 1 connected 0-100 200-16383",
      "bbb 10.0.0.2:7001@17001 master,fail - 0 0 4 disconnected 150-199")
    #expect(topology.unservedSlots == [101...199])
  }
}

struct ClusterSlotPlanTests {
  private func topology(_ slots: [ClosedRange<Int>?]) throws -> ClusterTopology {
    let lines = slots.enumerated().map { index, range in
      "n\(index) 10.0.0.1:\(7001 + index)@\(17_001 + index) \(index == 0 ? "myself," : "")master - 0 0 \(index) connected"
        + (range.map { " \($0.lowerBound)-\($0.upperBound)" } ?? "")
    }
    return try #require(
      ClusterTopology(lines.joined(separator: "\n"), asked: RedisEndpoint(host: "10.0.0.1", port: 7001)))
  }

  private func described(_ plan: ClusterSlotPlan) -> [String] {
    plan.moves.map { "\($0.count) \($0.source.id)>\($0.target.id)" }
  }

  @Test func newMastersGetTheirShare() throws {
    let plan = ClusterSlotPlan(try topology([0...16_383, nil, nil]))
    #expect(described(plan) == ["5461 n0>n1", "5461 n0>n2"])
    #expect(plan.slotCount == 10_922)
  }

  @Test func whatIsCarriedOutIsNotPlannedAgain() throws {
    #expect(ClusterSlotPlan(try topology([0...5460, 5461...10_921, 10_922...16_383])).moves.isEmpty)
    #expect(ClusterSlotPlan(try topology([0...16_383])).moves.isEmpty)
  }

  @Test func aSmallDifferenceIsTolerated() throws {
    let topology = try topology([0...8200, 8201...16_383])
    #expect(ClusterSlotPlan(topology, tolerance: 0.02).moves.isEmpty)
    #expect(described(ClusterSlotPlan(topology)) == ["9 n0>n1"])
  }

  @Test func whoLeavesGivesEverythingAway() throws {
    let topology = try topology([0...5460, 5461...10_921, 10_922...16_383])
    let plan = ClusterSlotPlan(topology, emptying: ["n1", "n2"], tolerance: 0.02)
    #expect(described(plan) == ["5461 n1>n0", "5462 n2>n0"])
    #expect(ClusterSlotPlan(topology, emptying: ["n0", "n1", "n2"]).moves.isEmpty)
  }
}

struct ClusterNodeNameTests {
  private func topology() throws -> ClusterTopology {
    try #require(
      ClusterTopology(
        """
        abcd1111 10.0.0.1:7001@17001 myself,master - 0 0 1 connected 0-8000
        abcd2222 10.0.0.1:7002@17002 master,fail - 0 0 2 disconnected 8001-16383
        ffff3333 10.0.0.1:7002@17002 master - 0 0 3 connected
        eeee4444 10.0.0.2:7001@17001 slave abcd1111 0 0 1 connected
        """, asked: RedisEndpoint(host: "10.0.0.1", port: 7001)))
  }

  @Test(arguments: [
    ("10.0.0.1:7001", "abcd1111"), ("10.0.0.2:7001", "eeee4444"), ("EEEE", "eeee4444"), ("abcd2", "abcd2222"),
    // Who lives is meant, not who had the address before.
    ("7002", "ffff3333"), ("redis-7002", "ffff3333"),
  ])
  func findsNodes(text: String, id: String) throws {
    #expect(try ClusterNodeName(text).get(in: topology()).id == id)
  }

  @Test(arguments: [
    ("7001", "ambiguous-node"), ("abcd", "ambiguous-node"), ("7009", "no-such-node"), ("beef", "no-such-node"),
  ])
  func refusesWhatIsNotOneNode(text: String, code: String) throws {
    let topology = try topology()
    let problem = #expect(throws: Problem.self) { try ClusterNodeName(text).get(in: topology) }
    #expect(problem?.code == code)
  }

  @Test(arguments: ["", "x", "0", "redis-", "abc", "10.0.0.1:0", "host:", "zzzz"])
  func refusesWhatNamesNothing(text: String) {
    let problem = #expect(throws: Problem.self) { try ClusterNodeName(text) }
    #expect(problem?.code == "bad-node-name")
  }
}

struct ClusterManagerTests {
  @Test func saysWhatTheClusterManagerComplainsOf() {
    let output =
      "\u{1b}[29;1m>>> Performing\u{1b}[0m\nM: x\n\u{1b}[31;1m[ERR] Nodes don't agree\u{1b}[0m\n*** Please fix\n"
    #expect(ClusterManager.complaint(in: output) == "[ERR] Nodes don't agree\n*** Please fix")
    #expect(ClusterManager.complaint(in: "one\ntwo\nthree\n") == "two\nthree")
  }
}
