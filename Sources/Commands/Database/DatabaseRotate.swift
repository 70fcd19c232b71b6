import Apps
import ArgumentParser
import Core
import PostgreSQL

struct DatabaseRotate: Verb {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Give an app's database role a new password",
    discussion: """
      Sessions that are open stay so; the app needs the new password from app values to open others. This is also the \
      way out where the kept password was lost.

      Example:
        olares-cli db rotate postgres --app wiki --owner alice
      """)

  @Argument(help: "The kind of database")
  var engine: DatabaseEngine = .postgres

  @OptionGroup var target: InstanceOptions

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let role = try await layer.rotatePostgreSQLPassword(of: target.instance, dryRun: dryRun)
    try context.console.render(Rendering(["role": role.name]) { _, _ in role.name }, as: global.output)
    context.console.note(
      dryRun
        ? "Would give it a new password."
        : "It has a new password: olares-cli app values \(target.app) --owner \(target.instance.owner)")
  }
}
