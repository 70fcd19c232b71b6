import ArgumentParser
import Core
import Hosting
import Setup

struct ServiceLogs: Verb {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Show the last lines that services have printed",
    discussion: """
      Examples:
        olares-cli service logs postgresql
        olares-cli service logs --lines 200

      Exit status: 0, 64, 78
      """)

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("The services; all by default", valueName: "service"))
  var names: [String] = []

  @Option(name: [.customShort("n"), .long], help: "How many lines of each")
  var lines = 50

  func validate() throws {
    if lines < 1 { throw ValidationError("--lines must be 1 or more") }
  }

  func run(in context: Context) async throws {
    let instance = try Instance.load(from: context)
    let chosen = try instance.serviceDefinitions(named: names)
    for service in chosen {
      let text = try await instance.services.logTail(of: service, lines: lines)
      if chosen.count > 1, !text.isEmpty { context.console.note("==> \(service.name) <==") }
      context.console.output(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
  }
}
