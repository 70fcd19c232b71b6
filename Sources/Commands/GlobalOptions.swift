import ArgumentParser
import Configuration
import Core
import Logging
import SystemPackage

/// The options that every verb has.
struct GlobalOptions: ParsableArguments, Sendable {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Where configuration, secrets, journals and logs are kept",
      discussion: "By default OLARES_BASE_DIR, else what prepare has recorded in /etc/olares/cli.yaml, else ~/.olares.",
      valueName: "directory"),
    completion: .directory)
  var baseDir: String?

  @Option(name: [.short, .long], help: "How to print the result")
  var output: OutputFormat = .table

  @Flag(name: .long, help: "Say more about what is done")
  var verbose = false

  @Flag(name: [.short, .long], help: "Print only results, warnings and errors")
  var quiet = false

  @Flag(name: .long, help: "Print without colour, as NO_COLOR does")
  var noColor = false

  func validate() throws {
    if verbose && quiet { throw ValidationError("--verbose and --quiet exclude each other") }
  }

  /// What the verb runs in.
  /// - Throws: `Problem` when the base directory cannot be told.
  func context(environment: [String: String]) throws(Problem) -> Context {
    let directory = try BaseDirectory.resolve(option: baseDir, environment: environment)
    let level: Logger.Level = verbose ? .debug : .info
    let logs = directory.path.appending("logs")
    return Context(
      console: Console(
        environment: environment, verbosity: quiet ? .quiet : verbose ? .verbose : .normal, color: !noColor),
      environment: environment,
      baseDirectory: directory.path,
      log: Logger(label: "olares-cli") { _ in LogFile(directory: logs, level: level) })
  }
}
