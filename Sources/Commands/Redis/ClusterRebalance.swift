import ArgumentParser
import Core
import Setup

struct ClusterRebalance: Verb {
  static let configuration = CommandConfiguration(
    commandName: "rebalance",
    abstract: "Give every master of the Redis Cluster equally many slots",
    discussion: """
      Slots are counted and not weighed. A namespace is in one slot unless it was created with --spread, so masters with \
      equally many slots can differ in keys and memory: see redis cluster status. Masters within 2 % of their share are \
      left alone. What a cut-off run has left half-moved is finished first.

      Examples:
        olares-cli redis cluster rebalance --dry-run
        olares-cli redis cluster rebalance

      Exit status: 0 done, or nothing to do; 69 slots are not served; 75 another run is at it; 77 not root; 78
      """)

  @Flag(help: "Show what would be done, and change nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let run = ClusterWorkRun(
      context: context, format: global.output, dryRun: dryRun, nothingToDo: "every master has its share of the slots.")
    try await run.perform { try await $0.balancing() }
  }
}
