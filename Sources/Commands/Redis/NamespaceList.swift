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
      Asks the Redis Cluster itself. A deleted namespace whose keys were kept is listed as kept. KEYS counts its \
      own keys; ≤ marks what its slot holds, where that is too much to tell its own keys from others in short time. It \
      is empty for a namespace that is spread over all slots, and where a node does not answer: redis ns stats counts \
      these.

      Examples:
        olares-cli redis ns list
        olares-cli redis ns list --owner alice --output json
      """,
    aliases: ["ls"])

  @OptionGroup var filter: InstanceFilter

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let namespaces = try await DataLayer(baseDirectory: context.baseDirectory).namespaces()
    let records = try await namespaces.list().filter { filter.includes($0.id.instance) }
    try context.console.render(Rendering(try await namespaces.describe(records)), as: global.output)
    if records.isEmpty { context.console.note("no app has such a namespace") }
  }
}
