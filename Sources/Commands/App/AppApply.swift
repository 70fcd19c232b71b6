import Apps
import ArgumentParser
import Core
import Logging

struct AppApply: Verb {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Give an app everything its manifest asks for, or nothing",
    discussion: """
      Storage, PostgreSQL databases and Redis namespaces, in one piece of work: if a part fails, the parts before it \
      are taken back. Applying the same manifest again changes nothing; applying a changed one does the difference: \
      what is new is added, and permissions that are not asked for any more end. Databases, namespaces and directories \
      that are not asked for any more are reported and kept; --prune deletes such databases and namespaces.

      What a removed app left behind belongs to nobody: an app of the same name and owner gets it only with --adopt. \
      Passwords in a manifest are public knowledge and are not used: olares-cli app values prints the real ones.

      Examples:
        olares-cli app apply miniflux/OlaresManifest.yaml --owner alice
        olares-cli app apply charts/immich --owner alice --skip-unavailable
        olares-cli app apply charts/wiki --owner alice --dry-run --output json
        olares-cli app apply charts/wiki --owner alice --prune
      """)

  @Argument(
    help: ArgumentHelp("A manifest, or the chart directory it is in", valueName: "manifest"),
    completion: .file(extensions: ["yaml"]))
  var manifest: String

  @OptionGroup var ownerOption: OwnerOption

  @Option(
    help: ArgumentHelp(
      "The Olares administrator, where a manifest differs for them; by default the owner is one", valueName: "owner"),
    transform: Owner.parse)
  var admin: Owner?

  @Flag(help: "Go on without middleware and extensions that are not to be had here")
  var skipUnavailable = false

  @Flag(help: "Refuse a plain database where a distributed one is asked for")
  var requireDistributed = false

  @Flag(
    help: ArgumentHelp(
      "Run the manifest's SQL scripts as superuser where they need it",
      discussion: "They can then do anything on the PostgreSQL server, to every app's data."))
  var allowSuperuserScripts = false

  @Flag(help: "Take over the data that a removed app of the same name left behind")
  var adopt = false

  @Flag(help: "Delete the databases and namespaces that the manifest does not ask for any more")
  var prune = false

  @Flag(name: [.short, .long], help: "Do not ask")
  var yes = false

  @Flag(help: "Only show what would be done")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let console = context.console
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let request = try ManifestReading(path: manifest, owner: ownerOption.owner, admin: admin).request(console)
    var policy = AppProvisioner.Policy()
    policy.skipsUnavailable = skipUnavailable
    policy.requiresDistributed = requireDistributed
    policy.allowsSuperuserScripts = allowSuperuserScripts
    policy.adopts = adopt
    policy.prunes = prune
    let provisioner = AppProvisioner(layer, policy: policy) { console.warn($0) }

    if dryRun {
      let plan = try await provisioner.plan(request)
      try console.render(Rendering(plan: plan), as: global.output)
      return
    }
    let start = ContinuousClock.now
    let changed = try await provisioner.apply(request) { plan in
      console.note(plan.heading)
      if plan.changesAnything { console.note(plan.table.rendered(width: nil, style: console.errorStyle) + "\n") }
      plan.remarks.forEach(console.warn)
      if !plan.deleted.isEmpty {
        let what = plan.deleted.map(\.detail).joined(separator: "; ")
        try console.confirm("Delete for good: \(what)?", assumingYes: yes)
      }
      let report = StepReport(console: console, names: (plan.steps + plan.pruning).map(\.name))
      return { report($0) }
    }
    context.log.notice(
      "app apply",
      metadata: ["app": "\(request.instance.app)", "owner": "\(request.instance.owner)", "changed": "\(changed)"])
    if request.isEmpty {
      console.note("\(request.instance.app) asks for no storage, no database and no namespace")
    } else {
      let values = "olares-cli app values \(request.instance.app) --owner \(request.instance.owner)"
      console.note("\(changed ? "Done" : "Nothing to do"), \((.now - start).forPeople).  Next: \(values)")
    }
    if global.output != .table {
      let binding = try await layer.binding(of: request.instance)
      try console.render(Rendering(binding: binding), as: global.output)
    }
  }
}
