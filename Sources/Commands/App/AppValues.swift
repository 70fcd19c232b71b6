import Apps
import ArgumentParser
import Core
import PostgreSQL
import Redis

struct AppValues: Verb {
  static let configuration = CommandConfiguration(
    commandName: "values",
    abstract: "Print what an app's chart reads to reach its storage and databases",
    discussion: """
      Prints passwords. The default is what charts read as .Values; env prints the same as NAME=value lines for \
      containers and shells.

      Examples:
        olares-cli app values miniflux --owner alice
        olares-cli app values miniflux --owner alice --output env
      """)

  @OptionGroup var target: InstanceArgument
  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let binding = try await layer.binding(of: target.instance)
    for problem in binding.unasked {
      context.console.warn("\(problem.message): whether the app has more there is not known")
    }
    try context.console.render(
      Rendering(binding: binding), as: global.output == .table ? .helmValues : global.output)
    for redis in binding.redis.values.sorted(by: { $0.username < $1.username }) {
      if let note = redis.note { context.console.note("redis: \(note)") }
    }
  }
}
