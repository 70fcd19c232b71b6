package import Core
package import SystemPackage
import YAML

/// Finds, reads and checks manifests.
package enum ManifestFile {
  /// What a finding is about.
  package enum Concern: Sendable {
    /// What the app is called, and which data it asks for.
    case dataLayer
    /// How Olares' market and desktop present, reach and run the app.
    case catalogue
  }

  package struct Finding: Sendable, Hashable {
    package let diagnostic: Diagnostic
    package let concern: Concern

    var isError: Bool { diagnostic.severity == .error }
  }

  /// What one file holds for one owner, with everything that was found.
  package struct Reading: Sendable {
    /// Nil where the errors leave too little to say what the app is.
    package let manifest: AppManifest?
    /// By place. Errors first where two are at the same place.
    package let findings: [Finding]

    package var diagnostics: [Diagnostic] { findings.map(\.diagnostic) }
    package var hasErrors: Bool { findings.contains(where: \.isError) }
  }

  /// A manifest that says clearly which data the app asks for.
  package struct Loaded: Sendable {
    package let manifest: AppManifest
    package let warnings: [Diagnostic]
    /// Errors that leave no doubt about the app's data; Olares itself may refuse the app for them.
    package let catalogueErrors: [Diagnostic]
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
  /// - Throws: `Problem` `bad-manifest` (bad data) with the first error about the app's data, or what reading the file
  ///   throws.
  package static func load(_ path: FilePath, for owner: Owner, admin: Owner? = nil) throws(Problem) -> Loaded {
    let file = try find(path)
    let reading = read(try bytes(of: file), file: file.string, for: owner, admin: admin ?? owner)
    func errors(_ concern: Concern) -> [Diagnostic] {
      reading.findings.filter { $0.isError && $0.concern == concern }.map(\.diagnostic)
    }
    let catalogueErrors = errors(.catalogue)
    let errors = errors(.dataLayer)
    if let manifest = reading.manifest, errors.isEmpty {
      return Loaded(
        manifest: manifest, warnings: reading.diagnostics.filter { $0.severity == .warning },
        catalogueErrors: catalogueErrors)
    }
    var problem = Problem(
      "bad-manifest", .badData, errors.first?.message ?? "this is no manifest", at: errors.first?.location)
    if let hint = errors.first?.hint { problem.hints.append(hint) }
    let count = errors.count + catalogueErrors.count
    if count > 1 { problem.hints.append("see all \(count) errors: olares-cli manifest validate \(file)") }
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
      return Reading(manifest: nil, findings: findings.all)
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
    return Reading(manifest: first.manifest ?? second.manifest, findings: sorted(first.findings + second.findings))
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
    return Reading(manifest: manifest, findings: sorted(findings.all))
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
    // Reading from a pipe or a device may never begin, nor end.
    guard Files.isRegular(file) || !Files.exists(file) else {
      throw Problem(
        "bad-manifest", .badData, "\(file) is no regular file", hint: "write the manifest to a file, and name that")
    }
    return try Files.read(file, limit: largest)
  }

  /// A hundred times the size of the largest manifest in Olares' market; etcd, which keeps them, takes no more either.
  private static let largest = 1 << 20

  private static func sorted(_ findings: [Finding]) -> [Finding] {
    var seen: Set<Finding> = []
    return findings.filter { seen.insert($0).inserted }.sorted { left, right in
      let (left, right) = (left.diagnostic, right.diagnostic)
      return (left.location.line, left.location.column, left.severity.rawValue, left.message)
        < (right.location.line, right.location.column, right.severity.rawValue, right.message)
    }
  }
}
