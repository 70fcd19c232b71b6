import Testing

@testable import RedisProxy

struct TopologyTests {
  /// What a node of a cluster says, from `id:slots` of each; `!` marks whom it holds for failed, `<id` a replica.
  private func view(by answering: String, _ nodes: String...) throws -> ClusterView {
    let lines = nodes.map { node -> String in
      let parts = node.split(separator: ":", omittingEmptySubsequences: false)
      let id = parts[0].filter { $0 != "!" }
      let flags = [
        id == answering ? "myself" : nil, parts[1].hasPrefix("<") ? "slave" : "master",
        parts[0].contains("!") ? "fail" : nil,
      ].compactMap { $0 }.joined(separator: ",")
      let master = parts[1].hasPrefix("<") ? String(parts[1].dropFirst()) : "-"
      let slots = parts[1].hasPrefix("<") ? "" : parts[1].replacing(",", with: " ")
      return "\(id) 127.0.0.1:\(port(id))@1 \(flags) \(master) 0 0 1 connected \(slots)"
    }
    return try #require(
      ClusterView(lines.joined(separator: "\n"), asked: NodeEndpoint(host: "127.0.0.1", port: port(answering))))
  }

  private func port(_ id: String) -> UInt16 { 7000 + UInt16(id.utf8.first ?? 0) }

  private func master(_ topology: Topology?, _ slot: Int) -> UInt16? { topology?.master(of: slot)?.port }

  @Test func agreementOfAllIsBelieved() throws {
    let views = try ["a", "b", "c"].map { try view(by: $0, "a:0-99", "b:100-199", "c:200-16383") }
    let topology = Topology.confirmed(by: views, current: nil)
    #expect(master(topology, 0) == port("a"))
    #expect(master(topology, 199) == port("b"))
    #expect(master(topology, 16_383) == port("c"))
    #expect(topology?.coveredSlots == 16_384)
  }

  @Test func theMinorityIsNotBelieved() throws {
    let before = Topology.confirmed(
      by: try ["a", "b", "c"].map { try view(by: $0, "a:0-99", "b:100-199", "c:200-16383") }, current: nil)
    // Only `a` was heard; it says that everything is its own.
    let after = Topology.confirmed(by: [try view(by: "a", "a:0-16383", "b!:", "c!:")], current: before)
    #expect(master(after, 150) == port("b"))
  }

  @Test func aNodeThatWasResetDoesNotMislead() throws {
    let before = Topology.confirmed(
      by: try ["a", "b", "c"].map { try view(by: $0, "a:0-99", "b:100-199", "c:200-16383") }, current: nil)
    let after = Topology.confirmed(
      by: [try view(by: "a", "a:")] + (try ["b", "c"].map { try view(by: $0, "a:0-99", "b:100-199", "c:200-16383") }),
      current: before)
    #expect(master(after, 50) == port("a"))
  }

  @Test func afterAFailoverTheNewMasterServes() throws {
    let before = Topology.confirmed(
      by: try ["a", "b", "c", "r"].map { try view(by: $0, "a:0-99", "b:100-199", "c:200-16383", "r:<a") }, current: nil)
    #expect(master(before, 50) == port("a"))
    let after = Topology.confirmed(
      by: try ["b", "c", "r"].map { try view(by: $0, "a!:", "b:100-199", "c:200-16383", "r:0-99") }, current: before)
    #expect(master(after, 50) == port("r"))
    #expect(master(after, 150) == port("b"))
  }

  @Test func aSlotThatMovesFollowsTheMajority() throws {
    let nodes = ["a:0-99", "b:100-199", "c:200-16383"]
    let before = Topology.confirmed(
      by: try ["a", "b", "c"].map { try view(by: $0, nodes[0], nodes[1], nodes[2]) }, current: nil)
    let one =
      try [view(by: "a", "a:0-98", "b:99-199", "c:200-16383")]
      + ["b", "c"].map { try view(by: $0, nodes[0], nodes[1], nodes[2]) }
    #expect(master(Topology.confirmed(by: one, current: before), 99) == port("a"))
    let two =
      try ["a", "b"].map { try view(by: $0, "a:0-98", "b:99-199", "c:200-16383") }
      + [view(by: "c", nodes[0], nodes[1], nodes[2])]
    #expect(master(Topology.confirmed(by: two, current: before), 99) == port("b"))
  }

  /// As when the only master is lost, its replica takes over, and it is forgotten.
  @Test func whoWasForgottenHasNoSay() throws {
    let before = Topology.confirmed(by: try ["a", "r"].map { try view(by: $0, "a:0-16383", "r:<a") }, current: nil)
    let still = Topology.confirmed(by: [try view(by: "r", "a:", "r:0-16383")], current: before)
    #expect(master(still, 50) == port("a"))
    let after = Topology.confirmed(by: [try view(by: "r", "r:0-16383")], current: before)
    #expect(master(after, 50) == port("r"))
    // One that was reset knows nobody, and has nothing to say.
    #expect(master(Topology.confirmed(by: [try view(by: "r", "r:")], current: before), 50) == port("a"))
  }

  @Test func nothingIsKnownWithoutViews() {
    #expect(Topology.confirmed(by: [], current: nil) == nil)
    #expect(ClusterView("no nodes", asked: NodeEndpoint(host: "h", port: 1)) == nil)
  }
}
