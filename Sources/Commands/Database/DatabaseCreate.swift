import ArgumentParser

struct DatabaseCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Create databases for an app",
    subcommands: [DatabaseCreatePostgres.self])
}
