import Core
import FoundationEssentials
import SystemPackage
import TestServers
import Testing

@testable import documentation

/// The built executable, run by tests.
enum Executable {
  /// Runs a command line with an environment of its own.
  static func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> ChildProcess.Result {
    try await ChildProcess(BuiltExecutable.path.string, arguments, environment: environment).run()
  }

  /// All commands, as the executable describes them.
  static func commands() async throws -> CommandDescription {
    let dump = try await run("--experimental-dump-help").standardOutput
    return try JSONDecoder().decode(CommandDescription.Dump.self, from: Data(dump.utf8)).command
  }

  /// The package's directory.
  static let package = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
}
