/// The one error that reaches a person: what went wrong, where, why, and what to do about it.
///
/// Anything thrown that is not a `Problem` is a bug in the layer that let it through.
package struct Problem: Error, Sendable {
  /// A stable name in kebab-case, for logs, tests and scripts, such as `port-taken`.
  package var code: String
  package var exitStatus: ExitStatus
  /// One line in the user's words, without a trailing full stop.
  package var message: String
  package var location: SourceLocation?
  /// Each hint names the exact command, flag or field that helps.
  package var hints: [String]
  /// What was reported below, already free of secrets.
  package var cause: String?
  /// Whether the same call may succeed later without anybody changing anything.
  package var isTransient: Bool

  package init(
    _ code: String,
    _ exitStatus: ExitStatus,
    _ message: String,
    at location: SourceLocation? = nil,
    hint: String...,
    cause: String? = nil,
    isTransient: Bool = false
  ) {
    self.code = code
    self.exitStatus = exitStatus
    self.message = message
    self.location = location
    self.hints = hint
    self.cause = cause
    self.isTransient = isTransient
  }

  /// `self` with `hint` as a further way out.
  package func adding(hint: String) -> Problem {
    var copy = self
    copy.hints.append(hint)
    return copy
  }
}

extension Problem {
  /// The problem behind any error: itself, an interruption, or a bug that is reported as one.
  package init(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case is CancellationError: self = .interrupted
    default:
      self.init(
        "unexpected", .failed, "unexpected error: \(Secret.masking("\(error)"))", hint: "this is a bug in olares-cli")
    }
  }

  /// Stopped by a signal, which decides the exit status.
  package static var interrupted: Problem {
    Problem("interrupted", Interruption.exitStatus ?? .interrupted, "interrupted")
  }
}

extension Problem: CustomStringConvertible {
  /// The text a person sees, over several lines, without colour.
  package var description: String { rendered(with: .plain) }

  package func rendered(with style: TextStyle) -> String {
    var lines = ["\(style.error("error:")) \(message.printableText)"]
    if let location {
      lines.append("  \(style.dim("-->")) \(location)")
      lines += location.excerpt(with: style)
    }
    if let cause { lines.append("  \(style.dim("cause:")) \(cause.printableText.indentingFurtherLines(by: 9))") }
    for (index, hint) in hints.enumerated() {
      let label = index == 0 ? style.hint("hint:") : index == 1 ? "  or:" : "     "
      lines.append("  \(label) \(hint.printableText.indentingFurtherLines(by: 8))")
    }
    return lines.joined(separator: "\n")
  }
}

extension String {
  /// The same lines with nothing that moves a terminal's cursor: servers and child processes quote what tenants chose.
  fileprivate var printableText: String {
    String(map { $0 == "\n" || $0.isPrintable ? $0 : $0 == "\r\n" ? "\n" : " " })
  }

  fileprivate func indentingFurtherLines(by width: Int) -> String {
    split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\n" + String(repeating: " ", count: width))
  }
}
