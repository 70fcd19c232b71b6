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

  @Option(
    name: .long, help: "Only what this Olares user's apps have", completion: .custom(Completion.owners),
    transform: Owner.parse)
  var owner: Owner?

  @Option(name: .long, help: "Only what this app has", completion: .custom(Completion.apps), transform: AppName.parse)
  var app: AppName?

  func run(in context: Context) async throws {
    let grants = try context.grants()
    let records = try grants.list(owner: owner, app: app).map { GrantRecord($0, in: grants.layout) }
    try context.console.render(Rendering(records, GrantRecord.table(records)), as: global.output)
    if records.isEmpty { context.console.note("Nothing is granted yet.") }
  }
}
