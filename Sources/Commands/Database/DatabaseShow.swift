import Apps
import ArgumentParser
import Core
import PostgreSQL

struct DatabaseShow: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show an app's databases with their extensions and settings",
    discussion: """
      Example:
        olares-cli db show postgres --app wiki --owner alice
      """)

  @Argument(help: "The kind of database")
  var engine: DatabaseEngine = .postgres

  @OptionGroup var target: InstanceOptions
  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let session = try await DataLayer(baseDirectory: context.baseDirectory).postgreSQL()
    var records: [DetailedDatabaseRecord] = []
    for database in try await session.databases(of: target.instance) {
      records.append(
        DetailedDatabaseRecord(
          database: DatabaseRecord(database),
          extensions: Dictionary(
            uniqueKeysWithValues: try await session.extensions(of: database.database).map { ($0.name.name, $0.version) }
          )))
    }
    guard !records.isEmpty else {
      throw Problem(
        "no-such-database", .noInput, "\(target.instance) has no PostgreSQL database",
        hint: "olares-cli db create postgres --app \(target.app) --owner \(target.instance.owner)")
    }
    try context.console.render(
      Rendering(records) { _, _ in records.map(\.text).joined(separator: "\n\n") }, as: global.output)
  }
}

/// One database with all that is known about it.
private struct DetailedDatabaseRecord: Encodable, Sendable {
  let database: DatabaseRecord
  /// Name → version.
  let extensions: [String: String]

  var text: String {
    let list = extensions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    let lines = [
      ("database", database.database), ("role", database.role), ("state", database.state),
      ("size", ByteCount(database.bytes).forPeople),
      ("connections", "\(database.connections) of \(database.connectionLimit)"), ("extensions", list),
      ("settings", database.settings.joined(separator: ", ")), ("distributed", database.distributed ?? ""),
    ]
    return lines.filter { !$0.1.isEmpty }
      .map { $0.0 + String(repeating: " ", count: 13 - $0.0.count) + $0.1 }.joined(separator: "\n")
  }
}
