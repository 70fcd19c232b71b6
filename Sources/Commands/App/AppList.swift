import Apps
import ArgumentParser
import Core

struct AppList: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List what every app has",
    discussion: """
      Asks the disk, PostgreSQL and Redis. Where one of them cannot be asked, the rest is listed and the exit status \
      is 3.

      Examples:
        olares-cli app list
        olares-cli app list --owner alice --output json
      """,
    aliases: ["ls"])

  @Option(
    help: ArgumentHelp("Only this owner's apps", valueName: "owner"), completion: .custom(Completion.owners),
    transform: Owner.parse)
  var owner: Owner?

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let inventory = await layer.inventory(owner: owner)
    let rows = inventory.entries.map { entry in
      [
        entry.owner, entry.app, entry.storage.joined(separator: " "), entry.databases.joined(separator: " "),
        entry.namespaces.joined(separator: " "), entry.inUse ? "" : "removed, data kept",
      ]
    }
    try context.console.render(
      Rendering(
        inventory.entries, Table(["OWNER", "APP", "STORAGE", "POSTGRES DATABASES", "REDIS NAMESPACES", ""], rows: rows)),
      as: global.output)
    if inventory.entries.isEmpty, inventory.failures.isEmpty { context.console.note("no app has anything yet") }
    inventory.failures.forEach(context.console.show)
    if !inventory.failures.isEmpty { throw VerbEnded(status: .partlyDone) }
  }
}
