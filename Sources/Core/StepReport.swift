/// Shows the steps of multi-step work as they happen: one line each, redrawn on a terminal, printed once elsewhere.
package final class StepReport: Sendable {
  private let console: Console
  private let nameWidth: Int

  /// - Parameter names: of all steps that may come, so that the columns line up.
  package init(console: Console, names: [String]) {
    self.console = console
    nameWidth = names.map(\.displayWidth).max() ?? 0
  }

  /// Where `Journal.run` reports to.
  package func callAsFunction(_ event: Journal.Event) {
    let style = console.errorStyle
    switch event {
    case .began(let name):
      if console.errorIsTerminal, console.verbosity >= .normal { console.raw("  \(style.dim("…")) \(name)\r") }
    case .finished(let name, let detail, let changed, let duration):
      let time = duration >= .milliseconds(50) ? "  " + style.dim(duration.forPeople) : ""
      line(style.success("✓"), name, changed || detail.isEmpty ? detail : "\(detail) \(style.dim("(unchanged)"))", time)
    case .failed(let name): line(style.error("✗"), name, "", "")
    case .undone(let name): line(style.dim("↩"), name, "taken back", "")
    case .undoFailed(let name, let problem):
      line(style.error("✗"), name, "could not be taken back: \(problem.message)", "")
    }
  }

  private func line(_ mark: String, _ name: String, _ detail: String, _ time: String) {
    let clear = console.errorIsTerminal ? "\r\u{1b}[K" : ""
    let padding = String(repeating: " ", count: max(0, nameWidth - name.displayWidth))
    var text = "\(clear)  \(mark) \(name)"
    if !(detail + time).isEmpty { text += "\(padding)  \(detail)\(time)" }
    console.note(text)
  }
}

extension Duration {
  /// `0.3 s`, `2 m 05 s`, `3 h 12 m`, `12 d`.
  package var forPeople: String {
    let seconds = Double(components.seconds) + Double(components.attoseconds) / 1e18
    let tenths = (seconds * 10).rounded() / 10
    if tenths < 60 { return "\(tenths) s" }
    let whole = Int(tenths)
    let padded = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    if whole < 3600 { return "\(whole / 60) m \(padded(whole % 60)) s" }
    if whole < 48 * 3600 { return "\(whole / 3600) h \(padded(whole % 3600 / 60)) m" }
    return "\(whole / 86_400) d"
  }
}

/// A number of bytes.
package struct ByteCount: Sendable, Hashable {
  package let bytes: Int
  package init(_ bytes: Int) { self.bytes = bytes }

  /// `512 B`, `9.4 MB`, `1.8 TB`: decimal units, as disks are sold.
  package var forPeople: String {
    var value = Double(bytes)
    for unit in ["B", "kB", "MB", "GB", "TB"] {
      if value < 999.95 || unit == "TB" {
        let text = unit == "B" || value >= 100 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
        return "\(text) \(unit)"
      }
      value /= 1000
    }
    return "\(bytes) B"
  }
}
