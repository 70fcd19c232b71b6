package import ArgumentParser
import Core
import Glibc

/// The root command.
package struct OlaresCLI: AsyncParsableCommand {
  package static let version = "0.1.0"

  package static let configuration = CommandConfiguration(
    commandName: "olares-cli",
    abstract: "Set up and look after the data layer of Olares",
    discussion: """
      Storage, PostgreSQL and Redis for the apps of a self-hosted personal cloud: one command prepares the machine, \
      one gives an app everything its OlaresManifest.yaml asks for.

      Examples:
        olares-cli prepare
        olares-cli app apply miniflux/OlaresManifest.yaml --owner alice
        olares-cli status
      """,
    version: version,
    subcommands: [
      Prepare.self, Uninstall.self, Status.self, AppCommand.self, StorageCommand.self, DatabaseCommand.self,
      RedisCommand.self,
      ManifestCommand.self,
      Service.self,
    ])

  package init() {}

  /// Runs the command line of this process and ends it with the verb's exit status.
  package static func run() -> Never {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let work = Task { await status(of: arguments) }
    do throws(Problem) {
      try Interruption.handle { work.cancel() }
    } catch {
      Console(environment: Environment.current).show(error)
      Glibc.exit(error.exitStatus.rawValue)
    }
    Task { Glibc.exit(await work.value.rawValue) }
    // An asynchronous main function would end the main thread, and what has ended keeps its account (`UserAccount.become`).
    while true { pause() }
  }

  /// Parses and runs one command line, with everything that has to be said already said.
  private static func status(of arguments: [String]) async -> ExitStatus {
    if let problem = UnknownCommand.problem(in: arguments, of: OlaresCLI.self) {
      Console(environment: Environment.current).show(problem)
      return problem.exitStatus
    }
    do {
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return .done
    } catch let ended as VerbEnded {
      return ended.status
    } catch {
      let code = exitCode(for: error).rawValue
      let message = fullMessage(for: error)
      let console = Console(environment: Environment.current)
      if code == 0 {
        console.output(message)
      } else if !message.isEmpty {
        console.raw(message.hasPrefix("Error:") ? "error:" + message.dropFirst(6) + "\n" : message + "\n")
      }
      return ExitStatus(rawValue: code) ?? .failed
    }
  }
}
