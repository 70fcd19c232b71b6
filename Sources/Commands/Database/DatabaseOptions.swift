import Apps
import ArgumentParser
import Core
import PostgreSQL

/// Which database of which app.
struct DatabaseOptions: ParsableArguments, Sendable {
  @OptionGroup var target: InstanceOptions

  @Option(
    name: .long,
    help: ArgumentHelp("The database, as the app calls it; not needed where it has one only", valueName: "name"),
    completion: .custom(Completion.databases))
  var name: String?

  /// What the app's role needs to log in to it.
  /// - Throws: `Problem` `nothing-given`, `which-database`, `no-such-database`.
  func binding(
    in layer: DataLayer
  ) throws(Problem) -> (username: String, password: Secret, database: String, url: String) {
    let postgres = try layer.postgreSQLBinding(of: target.instance).postgres
    let names = postgres?.databases.keys.sorted() ?? []
    guard let chosen = name ?? (names.count == 1 ? names.first : nil) else {
      throw Problem(
        "which-database", .usage, "\(target.instance) has \(names.count) databases",
        hint: "choose one by --name: \(names.joined(separator: ", "))")
    }
    guard let postgres, let database = postgres.databases[chosen], let url = postgres.revealedURL(of: chosen) else {
      throw Problem(
        "no-such-database", .noInput, "\(target.instance) has no database \(chosen.shortened(to: 80))",
        hint: "it has: \(names.joined(separator: ", "))")
    }
    return (postgres.username, postgres.password, database, url)
  }
}
