package import Logging
package import SystemPackage

/// What a verb runs in. Nothing below the commands reads the process's arguments, environment or streams itself, so
/// that tests can run any verb in their own process.
package struct Context: Sendable {
  package let console: Console
  package let environment: [String: String]
  /// `<base-dir>`: our configuration, secrets, journals and logs.
  package let baseDirectory: FilePath
  package let log: Logger

  package init(console: Console, environment: [String: String], baseDirectory: FilePath, log: Logger) {
    self.console = console
    self.environment = environment
    self.baseDirectory = baseDirectory
    self.log = log
  }
}
