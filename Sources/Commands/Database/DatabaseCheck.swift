import Apps
import ArgumentParser
import Core
import PostgreSQL

struct DatabaseCheck: Verb {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Look for what is wrong with PostgreSQL and the apps' databases",
    discussion: """
      Damaged pages, transaction numbers that run out, roles and memberships that give an app too much, databases that \
      others may enter, objects that are not their app's, unfinished databases, invalid indexes, and what the record of \
      passwords and the server do not agree on. Changes nothing.

      Examples:
        olares-cli db check
        olares-cli db check postgres --app wiki --owner alice
        olares-cli db check --output json

      Exit status: 0 nothing was found; 3 something was found; 69 the server cannot be reached; 78 this machine is not \
      prepared.
      """)

  @Argument(help: "The kind of database")
  var engine: DatabaseEngine = .postgres

  @Option(
    help: ArgumentHelp("Only what concerns this app: metadata.name of its manifest", valueName: "app"),
    completion: .custom(Completion.apps), transform: AppName.parse)
  var app: AppName?

  @Option(
    help: ArgumentHelp("The owner of that app", valueName: "owner"), completion: .custom(Completion.owners),
    transform: Owner.parse)
  var owner: Owner?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if (app == nil) != (owner == nil) { throw ValidationError("--app and --owner go together") }
  }

  func run(in context: Context) async throws {
    var instance: AppInstance?
    if let app, let owner { instance = AppInstance(app: app, owner: owner) }
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let findings = try await layer.checkPostgreSQL(of: instance)
    let records = findings.map { FindingRecord($0) }
    try context.console.render(
      Rendering(records) { _, style in records.map { $0.text(style) }.joined(separator: "\n") }, as: global.output)
    if findings.isEmpty { return context.console.note("Nothing is wrong.") }
    throw VerbEnded(status: .partlyDone)
  }
}

/// A finding in the output; its keys are stable.
private struct FindingRecord: Encodable, Sendable {
  let kind: String
  let owner: String?
  let app: String?
  let database: String?
  let message: String
  let reason: String
  let remedy: String

  init(_ finding: DatabaseFinding) {
    kind = finding.kind.rawValue
    owner = finding.instance?.owner.name
    app = finding.instance?.app.name
    database = finding.database
    message = finding.message
    reason = finding.reason
    remedy = finding.remedy
  }

  func text(_ style: TextStyle) -> String {
    """
    \(style.warning("!")) \(message.shortened(to: .max))
      \(style.dim("why:")) \(reason)
      \(style.hint("hint:")) \(remedy.shortened(to: .max))
    """
  }
}
