import ArgumentParser
import Core
import Manifest
import SystemPackage

struct ManifestShow: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show what an app asks for",
    discussion: """
      Reads the manifest as it is for the owner, who is the admin unless --admin names somebody else.

      Examples:
        olares-cli manifest show miniflux --owner alice
        olares-cli manifest show miniflux/OlaresManifest.yaml --owner alice --output json
      """)

  @Argument(
    help: ArgumentHelp("The manifest, or the directory of its chart", valueName: "path"), completion: .file(),
    transform: { FilePath($0) })
  var path: FilePath

  @OptionGroup var ownerOption: OwnerOption

  @Option(
    help: ArgumentHelp("The admin of this Olares; by default the owner", valueName: "user"), transform: Owner.parse)
  var admin: Owner?

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let loaded = try ManifestFile.load(path, for: ownerOption.owner, admin: admin)
    loaded.warnings.forEach(context.console.show)
    context.console.warn(ofCatalogueErrors: loaded.catalogueErrors, in: path.string)
    let summary = ManifestSummary(loaded.manifest)
    context.console.note("\(summary.title) (\(summary.app)) \(summary.version) for \(ownerOption.owner)")
    try context.console.render(Rendering(summary, summary.table), as: global.output)
  }
}
