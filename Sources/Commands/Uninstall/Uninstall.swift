import ArgumentParser
import Core
import Setup
import SystemPackage

struct Uninstall: Verb {
  static let configuration = CommandConfiguration(
    abstract: "Take the data layer off this machine: services and configuration, and data where that is asked for",
    discussion: """
      Keeps all data and its passwords: olares-cli prepare with the same base directory brings everything back as it \
      was. With --delete-data everything below the root is deleted, the files of all owners included; that is confirmed \
      by typing the root's path, or by --confirm-root in scripts. Debian's packages stay. A run that was cut off is \
      finished by the next one.

      Examples:
        olares-cli uninstall
        olares-cli uninstall --delete-data --dry-run
        olares-cli uninstall --delete-data --confirm-root /olares

      Exit status: 0 done, or nothing to do; 64 not confirmed; 69 a service does not end; 75 another run is at it, or a \
      server still runs; 77 not root, or what is to be deleted is not ours alone; 78 nothing tells where the data is.
      """)

  @OptionGroup var global: GlobalOptions

  @Flag(help: "Delete all data and passwords too: files of all owners, databases, namespaces")
  var deleteData = false

  @Option(
    help: ArgumentHelp("Confirm --delete-data without being asked, by the root's path", valueName: "directory"),
    completion: .directory, transform: Root.parse)
  var confirmRoot: FilePath?

  @Flag(name: [.short, .long], help: "Do not ask; does not confirm --delete-data")
  var yes = false

  @Flag(help: "Show what would be done, and change nothing")
  var dryRun = false

  func validate() throws {
    if confirmRoot != nil && !deleteData { throw ValidationError("--confirm-root belongs to --delete-data") }
  }

  func run(in context: Context) async throws {
    guard UserAccount.isRoot else {
      throw Problem("not-root", .notPermitted, "only root may uninstall", hint: "sudo olares-cli uninstall")
    }
    let uninstallation = try Uninstallation(
      baseDirectory: context.baseDirectory, deletingData: deleteData, root: confirmRoot, log: context.log)
    let run = UninstallRun(uninstallation: uninstallation, context: context, format: global.output)
    try await run.perform(confirmRoot: confirmRoot, yes: yes, dryRun: dryRun)
  }
}
