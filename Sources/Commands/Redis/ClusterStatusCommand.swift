import ArgumentParser
import Core
import Setup

struct ClusterStatusCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the nodes of the Redis Cluster, what each serves, and what is wrong",
    discussion: """
      KEYS of a replica are copies. BEHIND is how much of what its master wrote a replica lacks at this moment. The node \
      marked * has the registry of namespaces. EPOCH is that of a node's slots: of two nodes that claim a slot, the \
      higher one has it.

      Examples:
        olares-cli redis cluster status
        olares-cli redis cluster status --output json

      Exit status: 0 all is well; 3 every slot is served, but something needs somebody to act; 69 slots are not served, \
      or no node answers; 78
      """)

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let report = try await ClusterMaintenance(.load(from: context)).report()
    try context.console.render(Rendering(report) { width, style in report.text(width, style) }, as: global.output)
    if !report.isHealthy { throw VerbEnded(status: report.servesAllSlots ? .partlyDone : .unavailable) }
  }
}

extension ClusterReport {
  fileprivate func text(_ width: Int?, _ style: TextStyle) -> String {
    let masters = nodes.filter { $0.role == "master" }
    let slots = servesAllSlots ? "all slots served" : style.error("\(servedSlots) of 16384 slots served")
    let keys = masters.reduce(0) { $0 + ($1.keys ?? 0) }
    let heading =
      "\(masters.count.of("master")) · \((nodes.count - masters.count).of("replica")) · \(slots) · \(keys.of("key"))"
    let table = Table(
      [
        "NODE", "ID", "ROLE", .number("SLOTS"), "RANGES", .number("KEYS"), .number("MEMORY"), .number("BEHIND"),
        .number("EPOCH"), "STATE",
      ], rows: nodes.map(\.cells))
    let problems = findings.flatMap { finding in
      ["  \(servesAllSlots ? style.warning("!") : style.error("✗")) \(finding.message)"]
        + finding.hints.map { "    \(style.hint("hint:")) \($0)" }
    }
    let parts = [heading, table.rendered(width: width, style: style), problems.joined(separator: "\n")]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}

extension ClusterReport.Node {
  fileprivate var cells: [String] {
    [
      address + (registry ? "*" : ""), String(id.prefix(8)), master.map { "replica of \($0)" } ?? role,
      role == "master" ? "\(slots)" : "", slotRanges.shortened(to: 40), keys.map(String.init) ?? "",
      memoryBytes.map { ByteCount($0).forPeople } ?? "", behindBytes.map { ByteCount($0).forPeople } ?? "", "\(epoch)",
      state == .ok && !linked ? "not linked" : state.rawValue,
    ]
  }
}
