import Apps
import ArgumentParser
import Core

struct AppShow: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show what one app has, and what was left behind under its name",
    discussion: """
      Asks the disk, PostgreSQL and Redis, and prints no password: app values does. Where one of them cannot be asked, \
      the rest is shown and the exit status is 3.

      Examples:
        olares-cli app show miniflux --owner alice
        olares-cli app show miniflux --owner alice --output json
      """)

  @OptionGroup var target: InstanceArgument
  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let instance = target.instance
    let description = try await DataLayer(baseDirectory: context.baseDirectory).describe(instance)
    try context.console.render(
      Rendering(description) { width, style in
        let heading = "\(style.bold("\(instance)"))  \(description.state.rawValue)"
        return [heading, description.table.rendered(width: width, style: style)].filter { !$0.isEmpty }
          .joined(separator: "\n")
      }, as: global.output)
    if let wayOut = description.wayOut(instance) { context.console.note(wayOut) }
    description.failures.forEach(context.console.show)
    if !description.failures.isEmpty { throw VerbEnded(status: .partlyDone) }
  }
}

extension AppDescription {
  fileprivate var table: Table {
    Table(
      ["PART", "NAME", "WHAT", .number("SIZE"), "STATE"],
      rows: storageRows + postgres.flatMap(\.rows) + redis.map(\.row)
        + leftBehind.map { ["storage", "", $0, "", "left behind"] })
  }

  private var storageRows: [[String]] {
    guard let storage else { return [] }
    return storage.paths.sorted { $0.key < $1.key }.map { name, path in
      let isView = name == "userData"
      let shows = isView ? "\(path) (\(storage.userData.joined(separator: ", ")))" : path
      return ["storage", name, shows, "", storage.complete ? isView ? storage.enforcement : "" : "unfinished"]
    }
  }

  fileprivate func wayOut(_ instance: AppInstance) -> String? {
    switch state {
    case .applied: nil
    case .unfinished: "An apply was cut off: apply its manifest again, or olares-cli app remove \(app) --owner \(owner)"
    case .removalUnfinished: "A removal was cut off: olares-cli app remove \(app) --owner \(owner)"
    case .removed:
      "Its data is kept until olares-cli app remove \(app) --owner \(owner) --delete-data, or app apply --adopt."
    }
  }
}

extension AppDescription.PostgreSQLPart {
  fileprivate var rows: [[String]] {
    let state = !open ? "closed" : passwordOnRecord ? "" : "password lost"
    let used = databases.reduce(0) { $0 + $1.connections }
    let limit = connectionLimit.map { " of \($0)" } ?? ""
    return databases.map { database in
      [
        "postgres", database.name, database.database, database.bytes.map { ByteCount($0).forPeople } ?? "?",
        database.complete ? "" : "unfinished",
      ]
    } + [["postgres", "role", "\(role), \(used)\(limit) connections", "", state]]
  }
}

extension AppDescription.NamespacePart {
  fileprivate var row: [String] {
    let size = keys.map { $0 == 1 ? "1 key" : "\($0) keys" } ?? ""
    let limits = [
      connectionLimit.map { ", up to \($0) connections" }, memoryLimit.map { ", up to \(ByteCount($0).forPeople)" },
    ].compactMap(\.self).joined()
    return ["redis", name, namespace + limits, size, !open ? "closed" : passwordOnRecord ? "" : "password lost"]
  }
}
