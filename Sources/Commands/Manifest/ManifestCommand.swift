import ArgumentParser

struct ManifestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manifest",
    abstract: "Check manifests of apps, and show what they ask for",
    subcommands: [ManifestValidate.self, ManifestShow.self])
}
