import ArgumentParser
import Core
import Redis
import Setup

struct ClusterRemoveNode: Verb {
  static let configuration = CommandConfiguration(
    commandName: "remove-node",
    abstract: "Take nodes out of the Redis Cluster while it is in use",
    discussion: """
      First the slots go to the masters that stay, with the keys in them; then the other nodes forget it, its service \
      ends, and its data directory is kept under another name, PORT.removed-DATE, until somebody deletes it. 2 masters \
      are refused, since neither could be replaced when it fails: remove two of three in one run. A run that was cut off \
      is finished by running the same again.

      A node is named by its port, its address, or the beginning of its id.

      Examples:
        olares-cli redis cluster remove-node 7006
        olares-cli redis cluster remove-node 7002 7003 --discard-data
        olares-cli redis cluster remove-node 10.0.0.9:6379 --dry-run

      Exit status: 0 done, or nothing to do; 64 wrong usage; 66 no node has such an id; 69 slots are not served, or a \
      service does not end; 75 another run is at it; 77 not root, or too few masters or lonely replicas would be left; 78
      """)

  @Argument(help: ArgumentHelp("The nodes", valueName: "node"), transform: ClusterNodeName.parse)
  var nodes: [ClusterNodeName]

  @Flag(help: "Delete their data directories")
  var discardData = false

  @Flag(help: "Show what would be done, and change nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let run = ClusterWorkRun(
      context: context, format: global.output, dryRun: dryRun, nothingToDo: "the cluster has no such node.")
    try await run.perform { try await $0.removal(nodes, discardingData: discardData) }
  }
}
