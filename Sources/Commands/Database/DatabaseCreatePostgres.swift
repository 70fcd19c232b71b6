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
      another app or owner is refused with exit status 77. What a removed app of the same name left behind is \
      given only with --adopt, with a new password.

      A limit that is not named stays as it is; a new role may have 30 connections.

      --output env and helm-values print what the app needs to connect, with the password.

      Examples:
        olares-cli db create postgres miniflux/OlaresManifest.yaml --owner alice
        olares-cli db create postgres --app wiki --owner alice --name wiki --extension pg_trgm
        olares-cli db create postgres --app wiki --owner alice --name wiki --name audit --dry-run
      """)

  @Argument(
    help: ArgumentHelp(
      "A manifest, or the chart directory it is in, instead of --app and --name", valueName: "manifest"),
    completion: .file(extensions: ["yaml"]))
  var manifest: String?

  @Option(
    name: .long, help: ArgumentHelp("The app: metadata.name of its manifest", valueName: "app"),
    completion: .custom(Completion.apps), transform: AppName.parse)
  var app: AppName?

  @OptionGroup var ownerOption: OwnerOption

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

  @Flag(
    name: .long,
    help: ArgumentHelp(
      "Run the manifest's SQL scripts as superuser where they need it",
      discussion: "They can then do anything on the PostgreSQL server, to every app's data."))
  var allowSuperuserScripts = false

  @Flag(name: .long, help: "Take over the databases that a removed app of the same name left behind")
  var adopt = false

  @OptionGroup var limits: LimitOptions

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (manifest == nil) != (app == nil) else {
      throw ValidationError("name either a manifest or --app")
    }
    if manifest != nil, !name.isEmpty || username != nil || !`extension`.isEmpty || distributed {
      throw ValidationError("--name, --username, --extension and --distributed are what the manifest says")
    }
    if app != nil, requireDistributed, !distributed {
      throw ValidationError("--require-distributed says how to take --distributed, which is missing")
    }
  }

  func run(in context: Context) async throws {
    let console = context.console
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let request = try request(console)
    let provisioner = AppProvisioner(layer, policy: policy) { console.warn($0) }
    if dryRun {
      return try console.render(Rendering(plan: try await provisioner.plan(request)), as: global.output)
    }
    let changed = try await provisioner.apply(request) { plan in
      let report = StepReport(console: console, names: plan.steps.map(\.name))
      return { report($0) }
    }
    let session = try await layer.postgreSQL()
    let databases = try await session.records(of: session.databases(of: request.instance))
    try console.render(
      Rendering(databases, binding: try layer.postgreSQLBinding(of: request.instance)), as: global.output)
    console.note(changed ? "Done." : "Nothing to do: \(request.instance) has this already.")
  }

  private var policy: AppProvisioner.Policy {
    var policy = AppProvisioner.Policy()
    policy.skipsUnavailable = skipUnavailable
    policy.requiresDistributed = requireDistributed
    policy.allowsSuperuserScripts = allowSuperuserScripts
    policy.adopts = adopt
    return policy
  }

  private func request(_ console: Console) throws(Problem) -> AppRequest {
    if let manifest { return try request(manifest, console) }
    guard let app else { throw Problem("no-app", .usage, "name either a manifest or --app") }
    let instance = AppInstance(app: app, owner: ownerOption.owner)
    let databases = try (name.isEmpty ? [app.name] : name).map { name throws(Problem) in
      try DatabaseRequest(writtenName: name, of: instance, extensions: `extension`, isDistributed: distributed)
    }
    return AppRequest(
      instance,
      postgres: AppRequest.PostgreSQLWish(
        username: username ?? app.name, databases: databases, limits: limits.limits))
  }

  /// What the manifest asks for of PostgreSQL, and nothing else of it.
  private func request(_ manifest: String, _ console: Console) throws(Problem) -> AppRequest {
    let whole = try ManifestReading(path: manifest, owner: ownerOption.owner).request(console)
    guard var postgres = whole.postgres else {
      throw Problem(
        "nothing-asked", .badData, "\(whole.instance.app) asks for no PostgreSQL database",
        hint: "to give it one anyway: --app \(whole.instance.app) --name NAME")
    }
    postgres.limits = limits.limits
    return AppRequest(whole.instance, version: whole.version, postgres: postgres, places: whole.places)
  }
}

extension ExtensionName {
  static func parse(_ argument: String) throws -> ExtensionName {
    do { return try ExtensionName(argument) } catch { throw ValidationError(error.message) }
  }
}
