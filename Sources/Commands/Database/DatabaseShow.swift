import Apps
import ArgumentParser
import Core
import PostgreSQL

struct DatabaseShow: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show an app's databases with their limits, extensions and settings",
    discussion: """
      "last use" is now while somebody is connected, else the time since a file of the database was last written; see \
      db list.

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
    let databases = try await session.databases(of: target.instance)
    for (database, record) in zip(databases, try await session.records(of: databases)) {
      let extensions = try await session.extensions(of: database.database).map { ($0.name.name, $0.version) }
      records.append(
        DetailedDatabaseRecord(database: record, extensions: Dictionary(uniqueKeysWithValues: extensions)))
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
      ("size", database.size), ("last use", database.lastUse),
      ("connections", "\(database.connections), limit \(database.limit)"),
      ("statements", database.timeout.map { "up to \($0)" } ?? ""), ("extensions", list),
      ("settings", database.settings.joined(separator: ", ")), ("distributed", database.distributed ?? ""),
    ]
    return lines.filter { !$0.1.isEmpty }
      .map { $0.0 + String(repeating: " ", count: 13 - $0.0.count) + $0.1 }.joined(separator: "\n")
  }
}
