package import Core
package import SystemPackage

/// The outcome of checking several manifests.
package struct ManifestReport: Sendable, Encodable {
  package struct Finding: Sendable, Encodable {
    package let severity: String
    package let file: String
    package let line: Int
    package let column: Int
    package let message: String
    package let hint: String?
  }

  package let manifests: Int
  package let valid: Int
  package let withErrors: Int
  package let diagnostics: [Finding]
  private let rendered: [Diagnostic]

  private enum CodingKeys: String, CodingKey { case manifests, valid, withErrors, diagnostics }

  /// - Throws: `Problem` when a file cannot be read; what is wrong inside one is in the report.
  package init(checking files: [FilePath], owner: Owner?) throws(Problem) {
    var found: [Diagnostic] = []
    var withErrors = 0
    for file in files {
      let reading = try ManifestFile.validate(file, owner: owner)
      found += reading.diagnostics
      if reading.hasErrors { withErrors += 1 }
    }
    manifests = files.count
    self.withErrors = withErrors
    valid = files.count - withErrors
    rendered = found
    diagnostics = found.map {
      Finding(
        severity: $0.severity.rawValue, file: $0.location.file, line: $0.location.line, column: $0.location.column,
        message: $0.message, hint: $0.hint)
    }
  }

  package var hasWarnings: Bool { rendered.contains { $0.severity == .warning } }

  /// Each finding with its line, then one line that sums up.
  package func text(style: TextStyle) -> String {
    (rendered.map { $0.rendered(with: style) } + [summary]).joined(separator: "\n")
  }

  private var summary: String {
    let count = manifests == 1 ? "1 manifest" : "\(manifests) manifests"
    return "\(count): \(valid) valid, \(withErrors) with errors"
  }
}
