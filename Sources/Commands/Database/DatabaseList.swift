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

  @OptionGroup var filter: InstanceFilter

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let session = try await DataLayer(baseDirectory: context.baseDirectory).postgreSQL()
    let databases = try await session.databases().filter { filter.includes($0.instance) }
    try context.console.render(Rendering(try await session.records(of: databases)), as: global.output)
    if databases.isEmpty { context.console.note("no app has such a database") }
  }
}
