import Apps
import ArgumentParser
import Core
import PostgreSQL

struct DatabaseDrop: Verb {
  static let configuration = CommandConfiguration(
    commandName: "drop",
    abstract: "Delete databases of an app, with everything in them",
    discussion: """
      Shows what will be gone, and asks. Sessions that are open end. With an app's last database its role goes, and its \
      password is forgotten. A run that was cut off is finished by the next one.

      Examples:
        olares-cli db drop postgres --app wiki --owner alice --name audit
        olares-cli db drop postgres --app wiki --owner alice --dry-run
        olares-cli db drop postgres --app wiki --owner alice --yes
      """,
    aliases: ["rm"])

  @Argument(help: "The kind of database")
  var engine: DatabaseEngine = .postgres

  @OptionGroup var target: InstanceOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A database, as the app calls it; repeatable. All of the app's databases by default", valueName: "name"),
    completion: .custom(Completion.databases))
  var name: [String] = []

  @Flag(name: [.short, .long], help: "Do not ask")
  var yes = false

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let console = context.console
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let removal = try await layer.databaseRemoval(of: target.instance, names: name)
    try console.render(Rendering(removal), as: global.output)
    if removal.isEmpty {
      return console.note("Nothing to do: \(target.instance) has no such database.")
    }
    if dryRun { return console.note("Would delete this.") }
    try console.confirm("Delete this with everything in it?", assumingYes: yes)
    try await layer.carryOut(removal)
    console.note("Deleted.")
  }
}

/// What is to go; its keys are stable.
private struct RemovalRecord: Encodable, Sendable {
  struct Database: Encodable, Sendable {
    let database: String
    let bytes: Int?
    let connections: Int
  }

  let databases: [Database]
  let forgotten: [String]
  let roles: [String]
}

extension Rendering {
  fileprivate init(_ removal: DatabaseRemoval) {
    let record = RemovalRecord(
      databases: removal.databases.map {
        RemovalRecord.Database(database: $0.database.name, bytes: $0.bytes, connections: $0.connections)
      },
      forgotten: removal.forgotten, roles: removal.roles.map(\.name))
    let databases = removal.databases.map {
      [
        "database", $0.database.name, $0.bytes.map { ByteCount($0).forPeople } ?? "?",
        $0.connections == 0 ? "" : $0.connections == 1 ? "1 connection" : "\($0.connections) connections",
      ]
    }
    let others =
      removal.forgotten.map { ["record", $0, "", "its database is gone already"] }
      + removal.roles.map { ["role", $0.name, "", ""] }
    self.init(record, Table(["WHAT", "NAME", .number("SIZE"), ""], rows: databases + others))
  }
}
