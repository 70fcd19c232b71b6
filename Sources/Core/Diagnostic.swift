/// One finding about a text file, shown as compilers show theirs: `file:line:column: error: …`.
package struct Diagnostic: Sendable, Hashable {
  package enum Severity: String, Sendable { case error, warning }

  package var severity: Severity
  package var location: SourceLocation
  package var message: String
  package var hint: String?

  package init(_ severity: Severity, at location: SourceLocation, _ message: String, hint: String? = nil) {
    self.severity = severity
    self.location = location
    self.message = message
    self.hint = hint
  }

  package func rendered(with style: TextStyle) -> String {
    let label = severity == .error ? style.error("error:") : style.warning("warning:")
    var lines = ["\(location): \(label) \(message)"]
    lines += location.excerpt(with: style)
    if let hint { lines.append("  \(style.hint("hint:")) \(hint)") }
    return lines.joined(separator: "\n")
  }
}
