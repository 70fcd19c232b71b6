import Apps
import ArgumentParser
import Core
import Redis
import RedisNamespaces

struct NamespaceURL: Verb {
  static let configuration = CommandConfiguration(
    commandName: "url",
    abstract: "Print the URL of an app's Redis namespace, with its password",
    discussion: """
      Give it to a client by the environment, not by its arguments, which every user of the machine can read. It leads to \
      the namespace proxy, where the app has a Redis of its own.

      Example:
        olares-cli redis ns url --app wiki --owner alice
      """)

  @OptionGroup var target: InstanceOptions

  @Option(
    name: .long,
    help: ArgumentHelp("The namespace, as the app calls it; not needed where it has one only", valueName: "name"),
    transform: NamespaceName.parse)
  var name: NamespaceName?

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let binding = try await DataLayer(baseDirectory: context.baseDirectory).redisBinding(of: target.instance)
    let names = binding.redis.keys.sorted()
    guard let chosen = name?.name ?? (names.count == 1 ? names.first : nil) else {
      throw Problem(
        "which-namespace", .usage, "\(target.instance) has \(names.count) Redis namespaces",
        hint: "choose one by --name: \(names.joined(separator: ", "))")
    }
    guard let url = binding.redis[chosen]?.url.reveal() else {
      throw Problem(
        "no-such-namespace", .noInput, "\(target.instance) has no Redis namespace \(chosen)",
        hint: "it has: \(names.joined(separator: ", "))")
    }
    try context.console.render(Rendering(["url": url]) { _, _ in url }, as: global.output)
  }
}
