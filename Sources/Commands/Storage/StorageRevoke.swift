import ArgumentParser
import Core
import Storage

/// `olares-cli storage revoke`.
struct StorageRevoke: Verb {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Take storage back from an app",
    discussion: """
      The app's userData directory disappears, and its data and cache are kept unless --delete-data is given. Nothing \
      of the owner's Home is ever deleted.

      Examples:
        olares-cli storage revoke --app jellyfin --owner alice
        olares-cli storage revoke --app jellyfin --owner alice --delete-data --yes
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var target: InstanceOptions

  @Flag(name: .long, help: "Delete the app's data and cache as well")
  var deleteData = false

  @Flag(name: [.short, .long], help: "Do not ask")
  var yes = false

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  func run(in context: Context) async throws {
    let grants = try context.grants()
    guard let grant = try grants.find(target.instance) else {
      return context.console.note("Nothing to do: nothing is granted to \(target.instance).")
    }
    let userspace = StorageBinding(grant, in: grants.layout).userspace
    let data = deleteData && grant.terms.shape == .app ? [userspace.appData, userspace.appCache].compactMap { $0 } : []
    let gone = data.joined(separator: " and ")
    if dryRun {
      let effect = gone.isEmpty ? "keep its data" : "delete \(gone)"
      return context.console.output("would take back what \(target.instance) may use, and \(effect)")
    }
    if !gone.isEmpty {
      try context.console.confirm("Delete \(gone) with everything in it?", assumingYes: yes)
    }
    guard let removal = try await grants.revoke(target.instance, deletingData: deleteData) else { return }
    for path in removal.removed { context.console.note("removed  \(path)") }
    for path in removal.kept { context.console.note("kept     \(path)") }
    context.console.note("Revoked.")
  }
}
