import ArgumentParser
import Core
import FoundationEssentials
import Setup

struct Status: Verb {
  static let configuration = CommandConfiguration(
    abstract: "Show how the data layer is, what is wrong, and what to do about it",
    discussion: """
      Examples:
        olares-cli status
        olares-cli status --output json

      Exit status: 0 everything serves, even if something needs attention; 69 something is down or still starting; 78 this machine is \
      not prepared.
      """)

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let report = try await StatusProbe(try .load(from: context)).report()
    try context.console.render(Rendering(report) { _, style in report.text(style) }, as: global.output)
    if !report.isHealthy { throw VerbEnded(status: .unavailable) }
  }
}

extension StatusReport {
  func text(_ style: TextStyle) -> String {
    let kind = fileSystem == "jfs" ? "JuiceFS" : "local disk"
    let needs = findings == 0 ? "" : findings == 1 ? "   ! 1 thing needs you" : "   ! \(findings) things need you"
    var lines = ["\(style.bold(host)) · prepared \(prepared.day) · \(kind)\(style.warning(needs))", ""]
    let rows = components.map {
      [
        $0.title, $0.address + ($0.isAttached ? " (attached)" : ""), $0.version ?? "",
        $0.upSeconds.map { "up \(Duration.seconds($0).forPeople)" } ?? "",
        $0.hasSummary ? $0.summary : $0.state.rawValue,
      ]
    }
    let widths = (0..<5).map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
    for (row, component) in zip(rows, components) {
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.displayWidth)) }
      var line = "  " + cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      lines.append(line)
      for finding in component.findings {
        let mark = component.state == .down ? style.error("✗") : style.warning("!")
        lines.append("    \(mark) \(finding.message)")
        lines += finding.hints.map { "      \(style.hint("hint:")) \($0)" }
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension StatusReport.Component {
  fileprivate var hasSummary: Bool { state == .ok || state == .attention }

  fileprivate var title: String {
    switch name {
    case "storage": "Storage"
    case "postgresql": "PostgreSQL"
    case "redis": "Redis"
    case "redis-proxy": "Redis proxy"
    default: name
    }
  }
}
