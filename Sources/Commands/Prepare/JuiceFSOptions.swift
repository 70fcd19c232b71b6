import ArgumentParser
import Core

/// `--with-juicefs`, alone or with a value.
struct JuiceFSOptions: ParsableArguments, Sendable {
  // Any text is a value, judged by `validate`: for one that cannot be parsed, ArgumentParser would take the default.
  @Option(
    name: [.customLong("with-juicefs"), .customLong("enable-juicefs")], defaultAsFlag: "true", parsing: .next,
    help: ArgumentHelp(
      "Use JuiceFS as the shared file system: true or false; not available in this version", valueName: "true|false"),
    completion: .list(["true", "false"]))
  var withJuiceFS: String? = nil

  func validate() throws {
    if let withJuiceFS, Bool(withJuiceFS) == nil {
      throw ValidationError("--with-juicefs is \"\(withJuiceFS.shortened(to: 40))\"; use true or false")
    }
  }

  /// - Throws: `Problem` `not-yet` (unavailable) when JuiceFS is asked for, also by `JUICEFS=1` as Olares has it.
  func requireNone(environment: [String: String]) throws(Problem) {
    guard withJuiceFS == "true" || ["1", "true"].contains(environment["JUICEFS"] ?? "") else { return }
    throw Problem(
      "not-yet", .unavailable, "this version of olares-cli cannot set up JuiceFS yet",
      hint: "prepare on the local disk: olares-cli prepare --with-juicefs=false")
  }
}
