import ArgumentParser

struct DatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db",
    abstract: "Give apps databases, and show what they have",
    subcommands: [
      DatabaseCreate.self, DatabaseList.self, DatabaseShow.self, DatabaseURL.self, DatabaseRotate.self,
      DatabaseLimit.self, DatabaseDrop.self, DatabaseShell.self, DatabaseCheck.self,
    ])
}

/// The kinds of databases; an argument, so that `db list postgres` reads as people say it.
enum DatabaseEngine: String, ExpressibleByArgument, CaseIterable, Sendable {
  case postgres
}
