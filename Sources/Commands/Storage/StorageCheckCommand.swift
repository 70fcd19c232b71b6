import ArgumentParser
import Core
import Storage

/// `olares-cli storage check`.
struct StorageCheckCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Hold every grant against the disk, and say what is not as it should be",
    discussion: """
      Looks at volumes, directories, mounts and records, and changes nothing. Each finding comes with why it matters \
      and with the command that mends it; mounts are mended by storage mount. Data that no grant covers is a notice, \
      not a problem.

      Examples:
        olares-cli storage check
        olares-cli storage check --owner alice --output json

      Exit status: 0 no problem, though perhaps notices; 3 there are problems; 78 this machine is not prepared.
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var filter: InstanceFilter

  func run(in context: Context) async throws {
    let check = try await context.grants().check(owner: filter.owner, app: filter.app)
    try context.console.render(Rendering(check) { _, style in check.text(style) }, as: global.output)
    if check.problems > 0 { throw VerbEnded(status: .partlyDone) }
  }
}

extension StorageCheck {
  func text(_ style: TextStyle) -> String {
    var parts = [problems, notices].enumerated().compactMap { index, count in
      count == 0 ? nil : count.of(["problem", "notice"][index])
    }
    if parts.isEmpty { parts = ["all as it should be"] }
    var lines = ["\(root) · \(grants.of("grant")) · \(parts.joined(separator: ", "))"]
    for finding in findings {
      let mark = finding.severity == .problem ? style.error("✗") : style.warning("!")
      // Names on disk are whatever somebody chose.
      lines.append("  \(mark) \(finding.message.shortened(to: .max))")
      lines.append("    \(style.dim(finding.reason))")
      lines += finding.hints.map { "    \(style.hint("hint:")) \($0.shortened(to: .max))" }
    }
    return lines.joined(separator: "\n")
  }
}
