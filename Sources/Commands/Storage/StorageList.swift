import ArgumentParser
import Core
import Storage

/// `olares-cli storage list`.
struct StorageList: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List what apps may use",
    discussion: """
      Examples:
        olares-cli storage list
        olares-cli storage list --owner alice --output json
      """,
    aliases: ["ls"])

  @OptionGroup var global: GlobalOptions

  @OptionGroup var filter: InstanceFilter

  func run(in context: Context) async throws {
    let grants = try context.grants()
    let records = try grants.list(owner: filter.owner, app: filter.app).map { GrantRecord($0, in: grants.layout) }
    try context.console.render(Rendering(records, GrantRecord.table(records)), as: global.output)
    if records.isEmpty { context.console.note("Nothing is granted yet.") }
  }
}
