import ArgumentParser
import Core
import Storage

/// `olares-cli storage show`.
struct StorageShow: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show what one app may use, and what its chart needs to reach it",
    discussion: """
      --persistent-volumes prints hostPath PersistentVolumes with their claims, ready for kubectl apply; deleting \
      a claim keeps the data.

      Examples:
        olares-cli storage show --app jellyfin --owner alice --output helm-values
        olares-cli storage show --app jellyfin --owner alice --persistent-volumes | kubectl apply -f -
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var target: InstanceOptions

  @Flag(name: .long, help: "Print Kubernetes volumes and claims instead")
  var persistentVolumes = false

  func run(in context: Context) async throws {
    let grants = try context.grants()
    let grant = try grants.show(target.instance)
    if persistentVolumes {
      let binding = StorageBinding(grant, in: grants.layout)
      context.console.output(try PersistentVolumes.yaml(of: binding, for: target.instance))
    } else {
      try context.console.render(GrantRecord(grant, in: grants.layout).rendering, as: global.output)
    }
  }
}
