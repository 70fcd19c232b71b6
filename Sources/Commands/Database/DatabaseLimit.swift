import Apps
import ArgumentParser
import Core
import PostgreSQL

struct DatabaseLimit: Verb {
  static let configuration = CommandConfiguration(
    commandName: "limit",
    abstract: "Change how many connections an app may have, and how long its statements may run",
    discussion: """
      A limit that is not named stays as it is. The connection limit is the server's: it counts from the next connection \
      on. The time limit holds for sessions that begin afterwards, and an app can lift it for its own sessions.

      Examples:
        olares-cli db limit postgres --app wiki --owner alice --connection-limit 60
        olares-cli db limit postgres --app wiki --owner alice --statement-timeout 30s
        olares-cli db limit postgres --app wiki --owner alice --statement-timeout none
      """)

  @Argument(help: "The kind of database")
  var engine: DatabaseEngine = .postgres

  @OptionGroup var target: InstanceOptions
  @OptionGroup var limits: LimitOptions

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if limits.limits == RoleLimits() {
      throw ValidationError("name --connection-limit or --statement-timeout, or both")
    }
  }

  func run(in context: Context) async throws {
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let outcome = try await layer.limitPostgreSQL(of: target.instance, to: limits.limits, dryRun: dryRun)
    let session = try await layer.postgreSQL()
    let databases = try await session.records(of: session.databases(of: target.instance))
    try context.console.render(Rendering(databases), as: global.output)
    context.console.note(
      outcome == .unchanged ? "Nothing to do: these are its limits." : dryRun ? "Would change them." : "Changed.")
  }
}
