import Apps
import ArgumentParser
import Core
import Redis
import RedisNamespaces

struct NamespaceCreate: Verb {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Create a Redis namespace for an app",
    discussion: """
      Makes a random password, kept under the base directory, that opens the namespace at the proxy as if it were a \
      Redis of its own. What is there already stays as it is. All keys of a namespace share one slot, so \
      that transactions, scripts and multi-key commands work as on a single Redis; --spread gives that up for more \
      than one node's memory.

      --output env and helm-values print what the app needs to connect, with the password.

      Examples:
        olares-cli redis ns create wiki/OlaresManifest.yaml --owner alice
        olares-cli redis ns create --app wiki --owner alice --name db0
        olares-cli redis ns create --app wiki --owner alice --name cache --spread --dry-run
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
    name: .long, help: ArgumentHelp("The namespace, as the app's manifest calls it", valueName: "name"),
    transform: NamespaceName.parse)
  var name: NamespaceName?

  @Flag(name: .long, help: "Spread the keys over all slots of the cluster")
  var spread = false

  @Flag(name: .long, help: "Take over the keys that a deleted namespace of the same name left behind")
  var adopt = false

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (manifest == nil) != (app == nil) else { throw ValidationError("name either a manifest or --app") }
    if manifest != nil, name != nil { throw ValidationError("--name is what the manifest says") }
    if app != nil, name == nil { throw ValidationError("--app needs the namespace's --name, such as db0") }
  }

  func run(in context: Context) async throws {
    let console = context.console
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let request = try request(console)
    var policy = AppProvisioner.Policy()
    policy.adopts = adopt
    let provisioner = AppProvisioner(layer, policy: policy) { console.warn($0) }
    if dryRun {
      let plan = try await provisioner.plan(request)
      return try console.render(Rendering(namespacePlan: plan), as: global.output)
    }
    let changed = try await provisioner.apply(request) { plan in
      let report = StepReport(console: console, names: plan.steps.map(\.name))
      return { report($0) }
    }
    let names = request.redis.map(\.name)
    let namespaces = try await layer.namespaces(of: request.instance).filter { names.contains($0.record.id.name) }
    try console.render(
      Rendering(namespaces, binding: try await layer.redisBinding(of: request.instance)), as: global.output)
    console.note(changed ? "Done." : "Nothing to do: \(request.instance) has this already.")
  }

  private func request(_ console: Console) throws(Problem) -> AppRequest {
    if let manifest { return try request(manifest, console) }
    guard let app, let name else { throw Problem("no-app", .usage, "name either a manifest, or --app and --name") }
    return AppRequest(AppInstance(app: app, owner: ownerOption.owner), redis: [.init(name: name, isSpread: spread)])
  }

  /// What the manifest asks for of Redis, and nothing else of it.
  private func request(_ manifest: String, _ console: Console) throws(Problem) -> AppRequest {
    let whole = try ManifestReading(path: manifest, owner: ownerOption.owner).request(console)
    guard !whole.redis.isEmpty else {
      throw Problem(
        "nothing-asked", .badData, "\(whole.instance.app) asks for no Redis namespace",
        hint: "to give it one anyway: --app \(whole.instance.app) --name NAME")
    }
    let wishes = whole.redis.map { AppRequest.NamespaceWish(name: $0.name, isSpread: spread) }
    return AppRequest(whole.instance, version: whole.version, redis: wishes, places: whole.places)
  }
}
