import Apps
import ArgumentParser
import Core
import PostgreSQL

struct DatabaseCreatePostgres: Verb {
  static let configuration = CommandConfiguration(
    commandName: "postgres",
    abstract: "Create PostgreSQL databases for an app",
    discussion: """
      Makes the app's role, with a random password that is kept under the base directory, and the databases, which \
      nobody else can enter. What is there already stays as it is; a role or database of the same name that belongs to \
      another app or owner is refused with exit status 77.

      --output env and helm-values print what the app needs to connect, with the password.

      Examples:
        olares-cli db create postgres --app wiki --owner alice --name wiki --extension pg_trgm
        olares-cli db create postgres --app wiki --owner alice --name wiki --name audit --dry-run
      """)

  @OptionGroup var target: InstanceOptions

  @Option(
    name: .long,
    help: ArgumentHelp("A database, as the app calls it; repeatable. The app's own name by default", valueName: "name"))
  var name: [String] = []

  @Option(
    name: .long, help: ArgumentHelp("Part of the role's name; the app's own name by default", valueName: "name"))
  var username: String?

  @Option(
    name: .long, help: ArgumentHelp("An extension for each of the databases; repeatable", valueName: "name"),
    transform: ExtensionName.parse)
  var `extension`: [ExtensionName] = []

  @Flag(name: .long, help: "Spread the databases over the nodes of Citus, where the server has it")
  var distributed = false

  @Flag(name: .long, help: "With --distributed: refuse where the server has no Citus")
  var requireDistributed = false

  @Flag(name: .long, help: "Go on without extensions that the server does not have")
  var skipUnavailable = false

  @Option(name: .long, help: ArgumentHelp("How many connections the app may have at a time", valueName: "number"))
  var connectionLimit = 30

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (1...1000).contains(connectionLimit) else {
      throw ValidationError("--connection-limit is not 1 to 1000")
    }
    if requireDistributed && !distributed {
      throw ValidationError("--require-distributed says how to take --distributed, which is missing")
    }
  }

  func run(in context: Context) async throws {
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let provisioner = AppProvisioner(layer, policy: policy) { context.console.warn($0) }
    let request = AppRequest(target.instance, postgres: try wish())
    if dryRun {
      let plan = try await provisioner.plan(request)
      return try context.console.render(Rendering(databasePlan: plan), as: global.output)
    }
    let changed = try await provisioner.apply(request) { plan in
      let report = StepReport(console: context.console, names: plan.steps.map(\.name))
      return { report($0) }
    }
    let databases = try await layer.postgreSQL().databases(of: target.instance)
    try context.console.render(
      Rendering(databases, binding: try await layer.binding(of: target.instance)), as: global.output)
    context.console.note(changed ? "Created." : "Nothing to do: \(target.instance) has this already.")
  }

  private var policy: AppProvisioner.Policy {
    var policy = AppProvisioner.Policy()
    policy.skipsUnavailable = skipUnavailable
    policy.requiresDistributed = requireDistributed
    return policy
  }

  private func wish() throws(Problem) -> AppRequest.PostgreSQLWish {
    var databases: [DatabaseRequest] = []
    for name in name.isEmpty ? [target.app.name] : name {
      databases.append(
        try DatabaseRequest(
          writtenName: name, of: target.instance, extensions: `extension`, isDistributed: distributed))
    }
    return AppRequest.PostgreSQLWish(
      username: username ?? target.app.name, databases: databases, connectionLimit: connectionLimit)
  }
}

extension ExtensionName {
  static func parse(_ argument: String) throws -> ExtensionName {
    do { return try ExtensionName(argument) } catch { throw ValidationError(error.message) }
  }
}
