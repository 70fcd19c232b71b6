/// A command as ArgumentParser describes it under `--experimental-dump-help`; the fields that a manual page shows.
struct CommandDescription: Decodable {
  struct Dump: Decodable {
    let command: CommandDescription
  }

  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String

      /// As it is typed: `--owner`, `-b`.
      var typed: String { (kind == "long" ? "--" : "-") + name }
    }

    let kind: String
    let shouldDisplay: Bool
    let sectionTitle: String?
    let isOptional: Bool
    let isRepeating: Bool
    let names: [Name]?
    let preferredName: Name?
    let valueName: String?
    let defaultValue: String?
    let allValues: [String]?
    let abstract: String?
    let discussion: String?
  }

  let commandName: String
  let superCommands: [String]?
  let shouldDisplay: Bool?
  let abstract: String?
  let discussion: String?
  let subcommands: [CommandDescription]?
  let arguments: [Argument]?
}

extension CommandDescription {
  /// The words that call the command, from the executable's name on.
  var path: [String] { (superCommands ?? []) + [commandName] }

  /// What is called below it, without what is hidden and ArgumentParser's `help`.
  var visibleSubcommands: [CommandDescription] {
    (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
  }

  var visibleArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }

  /// The command and everything below it.
  var tree: [CommandDescription] { [self] + visibleSubcommands.flatMap(\.tree) }
}
