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
      Makes a user with a random password, kept under the base directory, who can reach no key but those that start \
      with the namespace's prefix. What is there already stays as it is. All keys of a namespace share one slot, so \
      that transactions, scripts and multi-key commands work as on a single Redis; --spread gives that up for more \
      than one node's memory.

      Examples:
        olares-cli redis ns create --app wiki --owner alice --name db0
        olares-cli redis ns create --app wiki --owner alice --name cache --spread --dry-run
      """)

  @OptionGroup var target: NamespaceOptions

  @Flag(name: .long, help: "Spread the keys over all slots of the cluster")
  var spread = false

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let provisioner = AppProvisioner(layer) { context.console.warn($0) }
    let instance = target.instance.instance
    let request = AppRequest(instance, redis: [AppRequest.NamespaceWish(name: target.name, isSpread: spread)])
    if dryRun {
      let plan = try await provisioner.plan(request)
      return try context.console.render(Rendering(namespacePlan: plan), as: global.output)
    }
    let changed = try await provisioner.apply(request) { plan in
      let report = StepReport(console: context.console, names: plan.steps.map(\.name))
      return { report($0) }
    }
    let record = try await layer.namespaces().get(target.id)
    try context.console.render(
      Rendering([record], binding: try await layer.binding(of: instance)), as: global.output)
    context.console.note(changed ? "Created." : "Nothing to do: \(target.id) is there already.")
  }
}
