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
      Nobody can log in to it any more, and open connections end. Its keys are kept, unless --purge removes them too, in \
      batches between which Redis serves others. Where the Redis Cluster lacks a node that is needed, nothing is \
      changed; what was interrupted is finished by running the command again.

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
    let present = try await layer.namespaces().findBeforeDeleting(target.id)
    if dryRun {
      let isNothingToDo = present == nil || (present?.password == nil && !purge)
      let what = "\(target.id)\(purge ? " with all of its keys" : "")"
      return context.console.note(isNothingToDo ? nothingToDo(present) : "Would delete \(what).")
    }
    if purge, present != nil {
      try context.console.confirm("Remove \(target.id) and all of its keys?", assumingYes: yes)
    }
    let console = context.console
    let isShown = console.errorIsTerminal && console.verbosity >= .normal
    let change = try await layer.deleteNamespace(target.id, purging: purge) { count in
      if isShown { console.raw("\r  \(count) keys removed") }
    }
    if isShown, purge { console.raw("\r\u{1b}[K") }
    change.warnings.forEach(console.warn)
    console.note(
      !change.hasChanged
        ? nothingToDo(change.record)
        : change.record == nil ? "Deleted." : "Deleted; its keys are kept: --purge removes them.")
  }

  private func nothingToDo(_ record: NamespaceRecord?) -> String {
    record == nil
      ? "Nothing to do: there is no namespace \(target.id)."
      : "Nothing to do: \(target.id) is deleted; its keys are kept: --purge removes them."
  }
}
