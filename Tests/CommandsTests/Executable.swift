import Core
import FoundationEssentials
import SystemPackage
import Testing

@testable import documentation

/// The built executable, beside the tests.
enum Executable {
  static var path: FilePath {
    get throws {
      // The link leads to the file that is run: the tests.
      let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      let path = FilePath(tests).removingLastComponent().appending("olares-cli")
      try #require(Files.exists(path), "\(path) is missing: swift build --build-tests makes it")
      return path
    }
  }

  /// Runs a command line with an environment of its own.
  static func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> ChildProcess.Result {
    try await ChildProcess(path.string, arguments, environment: environment).run()
  }

  /// All commands, as the executable describes them.
  static func commands() async throws -> CommandDescription {
    let dump = try await run("--experimental-dump-help").standardOutput
    return try JSONDecoder().decode(CommandDescription.Dump.self, from: Data(dump.utf8)).command
  }

  /// The package's directory.
  static let package = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
}
