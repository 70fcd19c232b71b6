import Apps
import ArgumentParser
import Core
import Redis
import RedisNamespaces

struct NamespaceStats: Verb {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show how much Redis namespaces hold, and who uses them",
    discussion: """
      Counts every key. Memory and expiring keys are reckoned from \(sampleSize) keys of each namespace, drawn at random, \
      and marked ~ where there are more; --exact measures every key. A large namespace, and one that is spread over all \
      slots, is counted by looking through all keys of its nodes, in batches between which others are served: a key can \
      be counted twice while a node gives back memory.

      CONNECTIONS are those open now. LAST USE is the latest that can be seen, of an open connection or a measured key; \
      a node that was restarted knows of nothing before. With --app, --owner and --name, types and the biggest of the \
      measured keys are shown, too.

      Examples:
        olares-cli redis ns stats
        olares-cli redis ns stats --owner alice --output json
        olares-cli redis ns stats --app wiki --owner alice --name db0 --exact

      Exit status: 0; 3 a node could not be reached, so that numbers are missing; 66 no such namespace; 69 Redis cannot \
      be reached; 78
      """)

  @OptionGroup var filter: InstanceFilter

  @Option(
    name: .long, help: ArgumentHelp("Only the namespaces of this name", valueName: "name"),
    completion: .custom(Completion.namespaces), transform: NamespaceName.parse)
  var name: NamespaceName?

  @Flag(name: .long, help: "Measure every key, not only some of them")
  var exact = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let namespaces = try await DataLayer(baseDirectory: context.baseDirectory).namespaces()
    let records = try await namespaces.list().filter { record in
      filter.includes(record.id.instance) && (name.map { $0 == record.id.name } ?? true)
    }
    if records.isEmpty, let owner = filter.owner, let app = filter.app, let name {
      throw RedisNamespaceService.missing(NamespaceID(AppInstance(app: app, owner: owner), name))
    }
    let survey = try await namespaces.statistics(of: records, measuring: exact ? nil : Self.sampleSize)
    let isOne = filter.owner != nil && filter.app != nil && name != nil
    try context.console.render(Rendering(survey.namespaces, inDetail: isOne), as: global.output)
    if records.isEmpty { context.console.note("no app has such a namespace") }
    if survey.namespaces.contains(where: { $0.content.map { !$0.isExact } ?? false }) {
      context.console.note("~ reckoned from \(Self.sampleSize) keys of each namespace: --exact measures all")
    }
    guard survey.missed.isEmpty else {
      survey.missed.forEach { context.console.warn("the Redis node \($0) cannot be reached; what it has is missing") }
      throw VerbEnded(status: .partlyDone)
    }
  }

  private static let sampleSize = 200
}
