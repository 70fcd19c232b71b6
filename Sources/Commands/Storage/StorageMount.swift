import ArgumentParser
import Core
import Storage

/// `olares-cli storage mount`.
struct StorageMount: Verb {
  static let configuration = CommandConfiguration(
    commandName: "mount",
    abstract: "Set up the userData directories of all apps again, as after a reboot",
    discussion: """
      The boot service runs this; by hand it is needed only after something was unmounted. What is in place stays as \
      it is, and what no grant covers is unmounted. It ends with 3 when some directories could not be set up.

      Example:
        olares-cli storage mount
      """)

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let mounted = try await context.grants().restoreMounts()
    for problem in mounted.compactMap(\.problem) { context.console.show(problem) }
    let changed = mounted.count { $0.changed }
    context.console.note(
      changed == 0 ? "Nothing to do: \(mounted.count) in place." : "\(changed) of \(mounted.count) put right.")
    if mounted.contains(where: { $0.problem != nil }) { throw VerbEnded(status: .partlyDone) }
  }
}
