import Apps
import ArgumentParser
import Core
import Redis
import RedisNamespaces

struct NamespaceDelete: Verb {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Take a Redis namespace from an app",
    discussion: """
      Nobody can log in to it any more, and open connections end. Its keys are kept, unless --purge removes them too.

      Examples:
        olares-cli redis ns delete --app wiki --owner alice --name db0
        olares-cli redis ns delete --app wiki --owner alice --name db0 --purge --yes
      """,
    aliases: ["rm"])

  @OptionGroup var target: NamespaceOptions

  @Flag(name: .long, help: "Remove all of its keys, too")
  var purge = false

  @Flag(name: .long, help: "Do not ask")
  var yes = false

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let namespaces = try await layer.namespaces()
    guard let record = try await namespaces.find(target.id) else {
      return context.console.note("Nothing to do: there is no namespace \(target.id).")
    }
    if dryRun { return context.console.note("Would delete \(record.id)\(purge ? " with all of its keys" : "").") }
    if purge { try context.console.confirm("Remove \(record.id) and all of its keys?", assumingYes: yes) }
    let change = purge ? try await namespaces.purge(record.id) : try await namespaces.delete(record.id)
    try layer.keep(nil, for: record.id)
    change.warnings.forEach(context.console.warn)
    context.console.note(change.record == nil ? "Deleted." : "Deleted; its keys are kept: --purge removes them.")
  }
}
