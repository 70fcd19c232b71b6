import Apps
import ArgumentParser
import Core
import PostgreSQL

struct DatabaseList: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the databases of apps",
    discussion: """
      Asks the server itself. CONNECTIONS are those open now and those the app's role may have. LAST USE is now while \
      somebody is connected, else the time since a file of the database was last written: PostgreSQL keeps no time of the \
      last login. Reading alone does not change it, and the server's own cleaning up does, so read it in days.

      Examples:
        olares-cli db list
        olares-cli db list postgres --owner alice --output json
      """,
    aliases: ["ls"])

  @Argument(help: "The kind of database")
  var engine: DatabaseEngine = .postgres

  @Option(
    help: ArgumentHelp("Only this owner's databases", valueName: "owner"), completion: .custom(Completion.owners),
    transform: Owner.parse)
  var owner: Owner?

  @Option(
    help: ArgumentHelp("Only this app's databases", valueName: "app"), completion: .custom(Completion.apps),
    transform: AppName.parse)
  var app: AppName?

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let session = try await DataLayer(baseDirectory: context.baseDirectory).postgreSQL()
    let databases = try await session.databases().filter {
      (owner == nil || $0.instance.owner == owner) && (app == nil || $0.instance.app == app)
    }
    try context.console.render(Rendering(try await session.records(of: databases)), as: global.output)
    if databases.isEmpty { context.console.note("no app has such a database") }
  }
}
