import Apps
import ArgumentParser
import Core
import Redis

struct RedisReconcile: Verb {
  static let configuration = CommandConfiguration(
    commandName: "reconcile",
    abstract: "Bring the namespaces' users on all Redis nodes to what the registry says",
    discussion: """
      Redis does not copy users from node to node, so a node that was away while namespaces were created, rotated or \
      deleted does not know of it. This adds the users that lack, corrects those that differ and removes those whose \
      namespace is gone. Users that olares-cli did not make are left alone. prepare does the same.

      Examples:
        olares-cli redis reconcile
        olares-cli redis reconcile --dry-run --output json

      Exit status: 0 done, or nothing to do; 3 a node could not be reached; 69 Redis cannot be reached; 78
      """)

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let namespaces = try await DataLayer(baseDirectory: context.baseDirectory).namespaces()
    let result = try await namespaces.reconcile(dryRun: dryRun)
    let rows = result.changes.map { UserChangeRow($0) }
    try context.console.render(
      Rendering(rows, Table(["NODE", "USER", "CHANGE"], rows: rows.map { [$0.node, $0.user, $0.change] })),
      as: global.output)
    result.warnings.forEach(context.console.warn)
    if !result.missed.isEmpty { throw VerbEnded(status: .partlyDone) }
    context.console.note(
      rows.isEmpty
        ? "Nothing to do: every node has the users of the registry." : dryRun ? "Would change these." : "Done.")
  }
}

private struct UserChangeRow: Encodable, Sendable {
  let node: String
  let user: String
  /// `added`, `corrected` or `removed`.
  let change: String

  init(_ change: UserChange) {
    node = change.node.description
    user = change.user
    self.change = change.kind.rawValue
  }
}
