import ArgumentParser
import Core
import Manifest
import SystemPackage

struct ManifestValidate: Verb {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check manifests as Olares reads them",
    discussion: """
      Directories are searched for OlaresManifest.yaml and the older TerminusManifest.yaml. Templates are rendered \
      for an owner who is the admin and for one who is not; both must be right. The exit status is 65 when a manifest \
      has errors and 66 when there is none.

      Examples:
        olares-cli manifest validate miniflux/OlaresManifest.yaml
        olares-cli manifest validate charts/ --output json
      """)

  @Argument(
    help: ArgumentHelp("Manifests, or directories to search", valueName: "path"), completion: .file(),
    transform: { FilePath($0) })
  var paths: [FilePath]

  @Option(help: ArgumentHelp("The user that templates are rendered for", valueName: "owner"), transform: Owner.parse)
  var owner: Owner?

  @Flag(help: "End with status 65 on warnings too")
  var warningsAsErrors = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let report = try ManifestReport(checking: try ManifestSearch.manifests(in: paths), owner: owner)
    try context.console.render(Rendering(report) { _, style in report.text(style: style) }, as: global.output)
    if report.withErrors > 0 || (warningsAsErrors && report.hasWarnings) { throw VerbEnded(status: .badData) }
  }
}
