import ArgumentParser

struct AppCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "app",
    abstract: "Give apps everything their manifests ask for",
    subcommands: [AppApply.self, AppRemove.self, AppList.self, AppShow.self, AppValues.self])
}
