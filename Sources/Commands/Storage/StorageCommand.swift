import ArgumentParser
import Configuration
import Core
import Storage
import SystemPackage

/// `olares-cli storage`.
struct StorageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "storage",
    abstract: "Give apps directories of an owner's, and see what they have",
    discussion: """
      An app gets exactly the directories it asks for: those of the owner's Home that it names, shown to it in a \
      directory of its own, and directories for its data and its cache.

      Examples:
        olares-cli storage grant --app jellyfin --owner alice --user-data Home/Movies --app-data
        olares-cli storage list
      """,
    subcommands: [
      StorageGrant.self, StorageList.self, StorageShow.self, StorageRevoke.self, StorageMount.self,
      StorageCheckCommand.self, StorageUsageCommand.self,
    ])
}

extension Context {
  /// The storage of the prepared machine.
  /// - Throws: `Problem` `not-prepared` when there is none.
  func grants() throws(Problem) -> Grants {
    Grants(layout: Layout(root: FilePath(try Installation.load(from: baseDirectory).root)))
  }
}
