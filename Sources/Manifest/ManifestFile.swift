package import Core
package import SystemPackage
import YAML

/// Finds, reads and checks manifests.
package enum ManifestFile {
  /// What one file holds for one owner, with everything that was found.
  package struct Reading: Sendable {
    /// Nil where the errors leave too little to say what the app is.
    package let manifest: AppManifest?
    /// By place. Errors first where two are at the same place.
    package let diagnostics: [Diagnostic]

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
  }

  /// In the order in which a chart directory is searched.
  package static let names = ["OlaresManifest.yaml", "TerminusManifest.yaml"]

  /// The manifest itself, given it or the directory of its chart.
  /// - Throws: `Problem` `no-such-file`, or `no-manifest` (no input) for a directory without one.
  package static func find(_ path: FilePath) throws(Problem) -> FilePath {
    guard Files.isDirectory(path) else { return path }
    for name in names where Files.exists(path.appending(name)) { return path.appending(name) }
    throw Problem(
      "no-manifest", .noInput, "\(path) has no OlaresManifest.yaml", hint: "name the manifest or the chart's directory")
  }

  /// The manifest as it is for `owner`.
  /// - Parameter admin: who administers this Olares; the owner, where nobody else is named.
  /// - Returns: the manifest, and warnings.
  /// - Throws: `Problem` `bad-manifest` (bad data) with the first error, or what reading the file throws.
  package static func load(_ path: FilePath, for owner: Owner, admin: Owner? = nil) throws(Problem)
    -> (manifest: AppManifest, warnings: [Diagnostic])
  {
    let file = try find(path)
    let reading = read(try bytes(of: file), file: file.string, for: owner, admin: admin ?? owner)
    let errors = reading.diagnostics.filter { $0.severity == .error }
    if let manifest = reading.manifest, errors.isEmpty { return (manifest, reading.diagnostics) }
    var problem = Problem(
      "bad-manifest", .badData, errors.first?.message ?? "this is no manifest", at: errors.first?.location)
    if let hint = errors.first?.hint { problem.hints.append(hint) }
    if errors.count > 1 {
      problem.hints.append("see all \(errors.count) errors: olares-cli manifest validate \(file)")
    }
    throw problem
  }

  /// Everything that is wrong with a manifest, for an owner who is the admin and for one who is not.
  /// - Throws: `Problem` when the file cannot be read at all.
  package static func validate(_ path: FilePath, owner: Owner? = nil) throws(Problem) -> Reading {
    let file = try find(path)
    do throws(Problem) {
      return try validate(try bytes(of: file), file: file.string, owner: owner)
    } catch {
      guard error.exitStatus == .badData else { throw error }
      let findings = Findings()
      findings.add(error, inFile: file.string)
      return Reading(manifest: nil, diagnostics: findings.diagnostics)
    }
  }

  /// - Parameter owner: whose name the template sees; a stand-in without it, as in Olares' own check.
  package static func validate(_ bytes: [UInt8], file: String, owner: Owner? = nil) throws(Problem) -> Reading {
    let user: Owner
    if let owner { user = owner } else { user = try Owner("user") }
    let admin = try Owner(user.name == "admin" ? "admin0" : "admin")
    let first = read(bytes, file: file, for: user, admin: user)
    guard VersionProbe.isTemplate(bytes), ManifestTemplate.hasActions(bytes) else { return first }
    let second = read(bytes, file: file, for: user, admin: admin)
    let seen = Set(first.diagnostics)
    let merged = first.diagnostics + second.diagnostics.filter { !seen.contains($0) }
    return Reading(manifest: first.manifest ?? second.manifest, diagnostics: sorted(merged))
  }

  /// One rendering, parsed and checked.
  package static func read(_ bytes: [UInt8], file: String, for owner: Owner, admin: Owner) -> Reading {
    let findings = Findings()
    var manifest: AppManifest?
    do throws(Problem) {
      let node = try parse(bytes, file: file, owner: owner, admin: admin, findings)
      manifest = ManifestReader.read(node, into: findings)
    } catch {
      findings.add(error, inFile: file)
    }
    return Reading(manifest: manifest, diagnostics: sorted(findings.diagnostics))
  }

  private static func parse(_ bytes: [UInt8], file: String, owner: Owner, admin: Owner, _ findings: Findings)
    throws(Problem) -> Node
  {
    let isTemplate = VersionProbe.isTemplate(bytes)
    let source =
      isTemplate
      ? try ManifestTemplate.render(bytes, file: file, owner: owner, admin: admin)
      : SourceText(file: file, bytes: bytes)
    let node: Node
    do throws(Problem) {
      node = try YAMLParser.parse(source)
    } catch {
      throw isTemplate ? error : LiteralCheck.explaining(error)
    }
    if !isTemplate { try LiteralCheck.check(node) }
    return node
  }

  private static func bytes(of file: FilePath) throws(Problem) -> [UInt8] {
    let limit = YAMLParser.Limits()
    return try Files.read(file, limit: limit.bytes)
  }

  private static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    var seen: Set<Diagnostic> = []
    return diagnostics.filter { seen.insert($0).inserted }.sorted {
      ($0.location.line, $0.location.column, $0.severity.rawValue, $0.message)
        < ($1.location.line, $1.location.column, $1.severity.rawValue, $1.message)
    }
  }
}
