import ArgumentParser
import Core

/// A mistyped command deserves a better answer than "unexpected argument".
enum UnknownCommand {
  /// The problem when the words of `arguments` leave the tree of commands below `root`; nil when they do not.
  static func problem(in arguments: [String], of root: any ParsableCommand.Type) -> Problem? {
    var command = root
    var path = [root.configuration.commandName ?? ""]
    for word in arguments {
      let children = command.configuration.subcommands
      if children.isEmpty || word.hasPrefix("-") || word == "help" { return nil }
      guard let child = children.first(where: { names(of: $0).contains(word) }) else {
        let known = children.filter { $0.configuration.shouldDisplay }.flatMap(names)
        let nearest = Spelling.nearest(to: word, among: known)
        let suffix = nearest.map { ". Did you mean \"\($0)\"?" } ?? ""
        return Problem(
          "unknown-command", .usage, "unknown command \"\(word.shortened(to: 40))\"\(suffix)",
          hint: "\(path.joined(separator: " ")) --help lists the commands")
      }
      command = child
      path.append(word)
    }
    return nil
  }

  private static func names(of command: any ParsableCommand.Type) -> [String] {
    [command._commandName] + command.configuration.aliases
  }
}
