import Core
import TestServers

/// What Redis itself says of the arguments of all its commands (`COMMAND DOCS`), so that no option is forgotten.
struct CommandGrammar {
  indirect enum Element {
    case key(name: String)
    case value(name: String, type: String)
    case token
    case oneOf([Argument])
    case block([Argument])
  }

  struct Argument {
    let element: Element
    let token: String?
    let isOptional: Bool
    let isMultiple: Bool
    /// Its token stands before each of several.
    let repeatsToken: Bool
  }

  struct Command {
    /// In capitals; of a subcommand both words.
    let words: [String]
    let group: String
    let arguments: [Argument]
  }

  let commands: [Command]

  init(_ connection: RawConnection) throws(Problem) {
    let reply = try connection.command("COMMAND", "DOCS")
    commands = Self.pairs(reply).flatMap { name, description in Self.commands(words: [name], description) }
      .sorted { $0.words.joined(separator: " ") < $1.words.joined(separator: " ") }
  }

  private static func commands(words: [String], _ description: RawReply) -> [Command] {
    let fields = Dictionary(pairs(description), uniquingKeysWith: { first, _ in first })
    let subcommands = fields["subcommands"].map(pairs) ?? []
    guard subcommands.isEmpty else {
      return subcommands.flatMap { name, description in
        commands(words: name.split(separator: "|").map(String.init), description)
      }
    }
    let group = fields["group"]?.text ?? ""
    return [Command(words: words.map { $0.uppercased() }, group: group, arguments: arguments(fields["arguments"]))]
  }

  private static func arguments(_ list: RawReply?) -> [Argument] {
    (list?.children ?? []).map { description in
      let fields = Dictionary(pairs(description), uniquingKeysWith: { first, _ in first })
      let flags = Set((fields["flags"]?.children ?? []).compactMap(\.text))
      let name = fields["name"]?.text ?? ""
      let element: Element =
        switch fields["type"]?.text ?? "" {
        case "key": .key(name: name)
        case "pure-token": .token
        case "oneof": .oneOf(arguments(fields["arguments"]))
        case "block": .block(arguments(fields["arguments"]))
        case let type: .value(name: name, type: type)
        }
      return Argument(
        element: element, token: fields["token"]?.text, isOptional: flags.contains("optional"),
        isMultiple: flags.contains("multiple"), repeatsToken: flags.contains("multiple_token"))
    }
  }

  /// A map, also one that came as an array.
  private static func pairs(_ reply: RawReply) -> [(String, RawReply)] {
    let children = reply.children ?? []
    return stride(from: 0, to: children.count - 1, by: 2).map { (children[$0].text ?? "", children[$0 + 1]) }
  }
}
