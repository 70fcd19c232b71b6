import ArgumentParser
import PostgreSQL

/// What an app may take of the server.
struct LimitOptions: ParsableArguments, Sendable {
  @Option(
    name: .long,
    help: ArgumentHelp("How many connections the app may have at a time; 0 or none for no limit", valueName: "number"),
    transform: ConnectionLimit.parse)
  var connectionLimit: ConnectionLimit?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How long one of its statements may run, such as 30s or 5min; 0 or none for no limit",
      discussion: "A guard against mistakes: an app can lift it for its own sessions.", valueName: "time"),
    transform: StatementTimeout.parse)
  var statementTimeout: StatementTimeout?

  var limits: RoleLimits { RoleLimits(connections: connectionLimit, statementTimeout: statementTimeout) }
}

extension ConnectionLimit {
  fileprivate static func parse(_ argument: String) throws -> ConnectionLimit {
    do { return try ConnectionLimit(argument) } catch { throw ValidationError(error.asUsage) }
  }
}

extension StatementTimeout {
  fileprivate static func parse(_ argument: String) throws -> StatementTimeout {
    do { return try StatementTimeout(argument) } catch { throw ValidationError(error.asUsage) }
  }
}
