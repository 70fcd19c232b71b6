import ArgumentParser
import Core
import Hosting
import Setup

/// What `start`, `stop` and `restart` have in common.
struct ServiceSelection: ParsableArguments, Sendable {
  @Argument(help: ArgumentHelp("The services; all by default", valueName: "service"))
  var names: [String] = []

  @Flag(help: "Show what would be done, and change nothing")
  var dryRun = false

  /// Runs `change` with those of the chosen services that `isWanted` picks by their state, and shows them afterwards.
  func change(
    _ verb: String, in context: Context, as format: OutputFormat,
    wanting isWanted: (ServiceState.Condition) -> Bool,
    _ change: (Instance, [ServiceDefinition]) async throws -> Void
  ) async throws {
    let instance = try Instance.load(from: context)
    guard UserAccount.isRoot else {
      throw Problem(
        "not-root", .notPermitted, "only root may \(verb) services", hint: "sudo olares-cli service \(verb)")
    }
    let chosen = try instance.serviceDefinitions(named: names)
    let states = try await instance.services.states(of: chosen)
    let wanted = zip(chosen, states).filter { isWanted($1.condition) }.map(\.0)
    if wanted.isEmpty {
      context.console.note("unchanged")
    } else if dryRun {
      context.console.note("would \(verb) \(wanted.map(\.name).joined(separator: " "))")
    } else {
      try await change(instance, wanted)
    }
    try await context.console.renderServices(instance, chosen, as: format)
  }
}

struct ServiceStart: Verb {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Start services that do not run, and wait until they serve",
    discussion: """
      Without systemd, this is the command to run after a reboot.

      Examples:
        olares-cli service start
        olares-cli service start postgresql

      Exit status: 0 all of them serve; 64 there is no such service; 69 one does not come up; 77 not root; 78 this \
      machine is not prepared.
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var selection: ServiceSelection

  func run(in context: Context) async throws {
    try await selection.change("start", in: context, as: global.output, wanting: { $0 != .running }) {
      try await $0.start($1)
    }
  }
}

struct ServiceStop: Verb {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stop services and wait until they have ended",
    discussion: """
      They start again at the next boot, or by olares-cli service start.

      Examples:
        olares-cli service stop
        olares-cli service stop redis-7001

      Exit status: 0 none of them runs; 64 there is no such service; 69 one does not end; 77 not root; 78 this \
      machine is not prepared.
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var selection: ServiceSelection

  func run(in context: Context) async throws {
    try await selection.change(
      "stop", in: context, as: global.output, wanting: { $0 == .running || $0 == .failed }
    ) { instance, definitions in
      try await instance.services.stop(definitions)
    }
  }
}

struct ServiceRestart: Verb {
  static let configuration = CommandConfiguration(
    commandName: "restart", abstract: "Stop services and start them again",
    discussion: """
      Example:
        olares-cli service restart postgresql

      Exit status: 0 all of them serve; 64 there is no such service; 69 one does not come up; 77 not root; 78 this \
      machine is not prepared.
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var selection: ServiceSelection

  func run(in context: Context) async throws {
    try await selection.change("restart", in: context, as: global.output, wanting: { _ in true }) {
      try await $0.restart($1)
    }
  }
}
