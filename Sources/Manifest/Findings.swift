import Core
import YAML

/// Collects what is found in one reading of a manifest.
final class Findings {
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var hasErrors = false

  func error(_ place: Place, _ message: String, hint: String? = nil) {
    hasErrors = true
    add(.error, place, message, hint)
  }

  func warning(_ place: Place, _ message: String, hint: String? = nil) { add(.warning, place, message, hint) }

  func add(_ problem: Problem, inFile file: String) {
    hasErrors = true
    diagnostics.append(
      Diagnostic(
        .error, at: problem.location ?? SourceLocation(file: file, line: 1, column: 1), problem.message,
        hint: problem.hints.first))
  }

  private func add(_ severity: Diagnostic.Severity, _ place: Place, _ message: String, _ hint: String?) {
    // A file with more findings than anybody reads is not read by anybody; its size must not cost time.
    guard diagnostics.count < Self.most else { return }
    diagnostics.append(Diagnostic(severity, at: place.location, message, hint: hint))
  }

  private static let most = 200
}
