import Apps
import ArgumentParser
import Core

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

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let url = try database.binding(in: DataLayer(baseDirectory: context.baseDirectory)).url
    try context.console.render(Rendering(["url": url]) { _, _ in url }, as: global.output)
  }
}
