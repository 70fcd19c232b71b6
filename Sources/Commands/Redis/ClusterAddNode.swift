import ArgumentParser
import Core
import Redis
import Setup

struct ClusterAddNode: Verb {
  static let configuration = CommandConfiguration(
    commandName: "add-node",
    abstract: "Add nodes to the Redis Cluster while it is in use",
    discussion: """
      A new node is a server on this machine as prepare makes it, with its data, its service, and the users of all \
      namespaces before it serves. New masters then get their share of the slots, with the keys in them; apps notice \
      nothing but a longer answer now and then. Replicas copy a master and take its place when it fails, for which there \
      must be 3 masters at least.

      Without --port, each run adds further nodes. A run that was cut off is finished by running the same again. An \
      attached cluster takes in a server of others by --address: it must run with cluster-enabled yes, be empty, and \
      know the administrator of the cluster.

      Examples:
        olares-cli redis cluster add-node --count 2
        olares-cli redis cluster add-node --count 3 --replica
        olares-cli redis cluster add-node --port 7010 --replica-of 7001
        olares-cli redis cluster add-node --address 10.0.0.9:6379 --no-rebalance

      Exit status: 0 done, or nothing to do; 64 wrong usage; 66 no such node; 69 slots are not served, or a server does \
      not come up; 73 a port is taken; 75 another run is at it; 77 not root, or the server is not empty; 78
      """)

  @Option(
    help: ArgumentHelp("The first new node's port (default: the next that is free)", valueName: "port"),
    transform: Port.parse)
  var port: UInt16?

  @Option(help: "How many")
  var count = 1

  @Option(help: ArgumentHelp("Copy this master", valueName: "node"), transform: ClusterNodeName.parse)
  var replicaOf: ClusterNodeName?

  @Flag(help: "Copy the masters that have the fewest replicas")
  var replica = false

  @Option(help: ArgumentHelp("Take in a server of others", valueName: "host:port"), transform: RedisEndpoint.parse)
  var address: RedisEndpoint?

  @Flag(inversion: .prefixedNo, help: "Move slots to new masters")
  var rebalance = true

  @Flag(help: "Show what would be done, and change nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if !(1...100).contains(count) { throw ValidationError("--count must be from 1 to 100") }
    if replica && replicaOf != nil { throw ValidationError("--replica-of says --replica already") }
    if address != nil && (port != nil || count != 1) {
      throw ValidationError("--address is one server that runs; --port and --count are for new ones")
    }
  }

  func run(in context: Context) async throws {
    var wish = NodeAddition()
    wish.count = count
    wish.port = port
    wish.address = address
    wish.master = replicaOf
    wish.isReplica = replica
    wish.rebalances = rebalance
    let run = ClusterWorkRun(
      context: context, format: global.output, dryRun: dryRun, nothingToDo: "it belongs to the cluster.")
    try await run.perform { [wish] in try await $0.addition(wish) }
  }
}

extension ClusterNodeName {
  static func parse(_ argument: String) throws -> ClusterNodeName {
    do { return try ClusterNodeName(argument) } catch { throw ValidationError(error.asUsage) }
  }
}
