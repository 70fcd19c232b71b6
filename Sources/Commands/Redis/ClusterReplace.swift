import ArgumentParser
import Core
import Redis
import Setup

struct ClusterReplace: Verb {
  static let configuration = CommandConfiguration(
    commandName: "replace",
    abstract: "Put a new, empty node in the place of a lost one",
    discussion: """
      For a node that does not run any more and whose data is gone or damaged. Where a replica has taken over from it, or \
      can, the new node becomes the replica of that one; a lost replica is replaced by one of the same master. Nothing is \
      lost then. What is left of the lost node's data is kept beside, as PORT.removed-DATE.

      Where nobody has a copy of a lost master, its namespaces lose their keys. That is refused, and said which they are, \
      until --accept-data-loss is given; the new node then serves its slots, empty. The namespaces themselves, with their \
      passwords, stay. A run that was cut off is finished by running the same again.

      Examples:
        olares-cli redis cluster replace 7002
        olares-cli redis cluster replace 7002 --accept-data-loss --dry-run
        olares-cli redis cluster replace 10.0.0.7:6379 --address 10.0.0.9:6379

      Exit status: 0 done; 64 the node lives; 66 no such node; 69 no node is left, or the new server does not come up; \
      75 another run is at it; 77 not root, or keys would be lost; 78
      """)

  @Argument(
    help: "The lost node, by port, address or the beginning of its id", transform: ClusterNodeName.parse)
  var node: ClusterNodeName

  @Flag(help: "Go on where keys are lost that no other node has")
  var acceptDataLoss = false

  @Option(
    help: ArgumentHelp("The server of others that takes its place in an attached cluster", valueName: "host:port"),
    transform: RedisEndpoint.parse)
  var address: RedisEndpoint?

  @Flag(help: "Show what would be done, and change nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let run = ClusterWorkRun(
      context: context, format: global.output, dryRun: dryRun, nothingToDo: "the new node is in its place.")
    try await run.perform {
      try await $0.replacement(node, acceptingLoss: acceptDataLoss, address: address)
    }
  }
}
