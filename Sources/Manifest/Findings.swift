import Core
import YAML

/// Collects what is found in one reading of a manifest.
final class Findings {
  private(set) var all: [ManifestFile.Finding] = []
  private var counts: [Kind: Int] = [:]
  private var concern = ManifestFile.Concern.dataLayer

  private struct Kind: Hashable {
    let severity: Diagnostic.Severity
    let concern: ManifestFile.Concern
  }

  /// Reads a part of the manifest that only the catalogue is about.
  func catalogue<Result>(_ read: () -> Result) -> Result {
    let outer = concern
    defer { concern = outer }
    concern = .catalogue
    return read()
  }

  func error(_ place: Place, _ message: String, hint: String? = nil) { add(.error, place, message, hint) }

  func warning(_ place: Place, _ message: String, hint: String? = nil) { add(.warning, place, message, hint) }

  func add(_ problem: Problem, inFile file: String) {
    let diagnostic = Diagnostic(
      .error, at: problem.location ?? SourceLocation(file: file, line: 1, column: 1), problem.message,
      hint: problem.hints.first)
    all.append(ManifestFile.Finding(diagnostic: diagnostic, concern: .dataLayer))
  }

  /// A file with more findings than anybody reads is not read by anybody; its size must not cost time. Warnings do not
  /// take the place of errors, nor those about the catalogue that of others.
  func hasRoom(for severity: Diagnostic.Severity) -> Bool {
    counts[Kind(severity: severity, concern: concern), default: 0] < 100
  }

  private func add(_ severity: Diagnostic.Severity, _ place: Place, _ message: String, _ hint: String?) {
    guard hasRoom(for: severity) else { return }
    counts[Kind(severity: severity, concern: concern), default: 0] += 1
    all.append(
      ManifestFile.Finding(
        diagnostic: Diagnostic(severity, at: place.location, message, hint: hint), concern: concern))
  }
}
