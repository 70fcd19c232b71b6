import Apps
import ArgumentParser
import Core
import Redis
import RedisNamespaces

struct NamespaceList: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the Redis namespaces of apps",
    discussion: """
      Asks the Redis Cluster itself. A deleted namespace whose keys were kept is listed as kept.

      Examples:
        olares-cli redis ns list
        olares-cli redis ns list --owner alice --output json
      """,
    aliases: ["ls"])

  @Option(
    help: ArgumentHelp("Only this owner's namespaces", valueName: "owner"), completion: .custom(Completion.owners),
    transform: Owner.parse)
  var owner: Owner?

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let namespaces = try await DataLayer(baseDirectory: context.baseDirectory).namespaces()
    let records = try await namespaces.list().filter { owner == nil || $0.id.instance.owner == owner }
    try context.console.render(Rendering(records), as: global.output)
    if records.isEmpty { context.console.note("no app has a Redis namespace") }
  }
}
