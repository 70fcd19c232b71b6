import Apps
import ArgumentParser
import Core
import PostgreSQL

struct DatabaseURL: Verb {
  static let configuration = CommandConfiguration(
    commandName: "url",
    abstract: "Print the URL of an app's database, with its password",
    discussion: """
      Give it to a client by the environment, not by its arguments, which every user of the machine can read.

      Example:
        olares-cli db url postgres --app wiki --owner alice
      """)

  @Argument(help: "The kind of database")
  var engine: DatabaseEngine = .postgres

  @OptionGroup var target: InstanceOptions

  @Option(
    name: .long,
    help: ArgumentHelp("The database, as the app calls it; not needed where it has one only", valueName: "name"),
    completion: .custom(Completion.databases))
  var name: String?

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let binding = try DataLayer(baseDirectory: context.baseDirectory).postgreSQLBinding(of: target.instance)
    let names = binding.postgres.map { $0.databases.keys.sorted() } ?? []
    guard let chosen = name ?? (names.count == 1 ? names.first : nil) else {
      throw Problem(
        "which-database", .usage, "\(target.instance) has \(names.count) databases",
        hint: "choose one by --name: \(names.joined(separator: ", "))")
    }
    guard let url = binding.postgres?.revealedURL(of: chosen) else {
      throw Problem(
        "no-such-database", .noInput, "\(target.instance) has no database \(chosen.shortened(to: 80))",
        hint: "it has: \(names.joined(separator: ", "))")
    }
    try context.console.render(Rendering(["url": url]) { _, _ in url }, as: global.output)
  }
}
