import ArgumentParser
import Core

/// `--with-juicefs`, alone or with a value. ArgumentParser takes any value of a flag with a default for true, so the
/// two forms are an option and a flag of its own.
struct JuiceFSOptions: ParsableArguments, Sendable {
  @Option(
    name: [.customLong("with-juicefs"), .customLong("enable-juicefs")],
    help: ArgumentHelp(
      "Use JuiceFS as the shared file system; not available in this version", valueName: "true|false"))
  var withJuiceFS: Switch = .off

  /// - Throws: `Problem` `not-yet` (unavailable) when JuiceFS is asked for, also by `JUICEFS=1` as Olares has it.
  func requireNone(environment: [String: String]) throws(Problem) {
    guard withJuiceFS == .on || ["1", "true"].contains(environment["JUICEFS"] ?? "") else { return }
    throw Problem(
      "not-yet", .unavailable, "this version of olares-cli cannot set up JuiceFS yet",
      hint: "prepare on the local disk: olares-cli prepare --with-juicefs=false")
  }
}

/// `true` or `false`, and nothing else.
enum Switch: String, ExpressibleByArgument, CaseIterable, Sendable {
  case on = "true"
  case off = "false"
}
