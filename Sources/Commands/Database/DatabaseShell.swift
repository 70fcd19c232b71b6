import Apps
import ArgumentParser
import Core
import PostgreSQL

struct DatabaseShell: Verb {
  static let configuration = CommandConfiguration(
    commandName: "shell",
    abstract: "Open an app's database in psql, as the app",
    discussion: """
      What stands behind -- goes to psql. SQL is read from standard input where that is no terminal. On the server it can \
      do what the app can; but psql runs commands of this machine too (\\!), as you, so feed it only files you trust.

      The exit status is psql's: 0 done, 1 failed, 2 the connection broke, 3 a script failed under ON_ERROR_STOP.

      Examples:
        olares-cli db shell postgres --app wiki --owner alice
        olares-cli db shell postgres --app wiki --owner alice -- -c 'SELECT count(*) FROM pages'
        olares-cli db shell postgres --app wiki --owner alice -- -v ON_ERROR_STOP=1 < migration.sql
      """)

  @Argument(help: "The kind of database")
  var engine: DatabaseEngine = .postgres

  @OptionGroup var database: DatabaseOptions

  @Argument(parsing: .postTerminator, help: ArgumentHelp("Arguments for psql", valueName: "psql-argument"))
  var arguments: [String] = []

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let binding = try database.binding(in: layer)
    let endpoint = try layer.postgresEndpoint.login(
      user: binding.username, password: binding.password, database: binding.database)
    try PsqlProgram(to: endpoint, arguments: arguments, inherited: context.environment).replaceProcess()
  }
}
