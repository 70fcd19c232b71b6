import Core

/// The manual page of one command.
struct ManualPage {
  let command: CommandDescription
  /// The root of the tree that the command is in.
  let root: CommandDescription
  let version: String

  static let section = 8

  private var name: String { Self.name(of: command.path) }
  var fileName: String { "\(name).\(Self.section)" }

  private static func name(of path: [String]) -> String { path.joined(separator: "-") }

  var text: String {
    let discussion = Discussion(command.discussion ?? "")
    var roff = Roff(
      title: name.uppercased(), section: Self.section, source: "olares-cli \(version)", manual: "Olares data layer")
    roff.section("NAME")
    roff.line("\(name) - \(command.abstract ?? "")")
    roff.section("SYNOPSIS")
    roff.raw(synopsis)
    roff.section("DESCRIPTION")
    roff.line((command.abstract ?? "") + ".")
    roff.prose(discussion.prose)
    appendCommands(to: &roff)
    appendArguments(to: &roff)
    appendExitStatus(discussion.exitStatuses, to: &roff)
    appendFiles(to: &roff)
    if !discussion.examples.isEmpty {
      roff.section("EXAMPLES")
      roff.example(discussion.examples)
    }
    appendSeeAlso(to: &roff)
    return roff.text
  }

  private var synopsis: String {
    var words = [Roff.bold(command.path.joined(separator: " "))]
    if !command.visibleSubcommands.isEmpty {
      words.append(Roff.italic("command"))
      words.append("[" + Roff.italic("options") + "]")
      return words.joined(separator: " ")
    }
    for argument in command.visibleArguments {
      var word: String
      switch argument.kind {
      case "positional": word = Roff.italic(argument.valueName ?? "value")
      case "option": word = Roff.bold(argument.typedName) + " " + Roff.italic(argument.valueName ?? "value")
      default: word = Roff.bold(argument.typedName)
      }
      if argument.isOptional { word = "[\(word)]" }
      if argument.isRepeating { word += " ..." }
      words.append(word)
    }
    // One unit must not be broken over two lines.
    return words.map { $0.hasPrefix("[") ? $0.split(separator: " ").joined(separator: #"\ "#) : $0 }
      .joined(separator: " ")
  }

  private func appendCommands(to roff: inout Roff) {
    guard !command.visibleSubcommands.isEmpty else { return }
    roff.section("COMMANDS")
    for child in command.visibleSubcommands {
      roff.item(Roff.bold(child.path.dropFirst().joined(separator: " ")), (child.abstract ?? "") + ".")
    }
  }

  private func appendArguments(to roff: inout Roff) {
    let positional = command.visibleArguments.filter { $0.kind == "positional" }
    if !positional.isEmpty {
      roff.section("ARGUMENTS")
      for argument in positional { roff.item(argument.term, argument.meaning) }
    }
    let options = command.visibleArguments.filter { $0.kind != "positional" }
    guard !options.isEmpty else { return }
    roff.section("OPTIONS")
    for option in options where option.sectionTitle == nil { roff.item(option.term, option.meaning) }
    var titles: [String] = []
    for title in options.compactMap(\.sectionTitle) where !titles.contains(title) { titles.append(title) }
    for title in titles {
      roff.subsection(title)
      for option in options where option.sectionTitle == title { roff.item(option.term, option.meaning) }
    }
  }

  private func appendExitStatus(_ stated: [Int32: String]?, to roff: inout Roff) {
    let all = Dictionary(uniqueKeysWithValues: ExitStatus.allCases.map { ($0.rawValue, $0.meaning) })
    roff.section("EXIT STATUS")
    for (status, meaning) in (stated ?? all).sorted(by: { $0.key < $1.key }) {
      roff.item(Roff.bold("\(status)"), meaning)
    }
  }

  private func appendFiles(to roff: inout Roff) {
    roff.section("FILES")
    for (path, meaning) in Self.files { roff.item(Roff.italic(path), meaning) }
  }

  private func appendSeeAlso(to roff: inout Roff) {
    let parent = command.path.dropLast()
    let neighbours = root.tree.filter { other in
      other.path != command.path
        && (other.path.count == 1 || other.path == Array(parent) || other.path.dropLast() == command.path[...]
          || (parent.count > 1 && other.path.dropLast() == parent))
    }
    guard !neighbours.isEmpty else { return }
    roff.section("SEE ALSO")
    let pages = neighbours.map { Roff.bold(Self.name(of: $0.path)) + "(\(Self.section))" }
    roff.raw(pages.sorted().joined(separator: ",\n"))
  }

  private static let files = [
    ("/etc/olares/cli.yaml", "where the base directory of this machine is"),
    ("<base-dir>/config.yaml", "the endpoints, the root and the file system"),
    ("<base-dir>/secrets/", "passwords, readable by root only"),
    ("<base-dir>/journal/", "what an interrupted run had begun"),
    ("<base-dir>/logs/", "one JSON object a line, without secrets"),
  ]
}

extension CommandDescription.Argument {
  fileprivate var typedName: String { preferredName?.typed ?? names?.first?.typed ?? "" }

  /// `-b, --base-dir directory`.
  fileprivate var term: String {
    let value = Roff.italic(valueName ?? "value")
    if kind == "positional" { return value }
    // Short names first, as people look for them.
    let sorted = (names ?? []).sorted { ($0.kind == "long" ? 1 : 0) < ($1.kind == "long" ? 1 : 0) }
    let typed = sorted.map { Roff.bold($0.typed) }.joined(separator: ", ")
    return kind == "option" ? "\(typed) \(value)" : typed
  }

  fileprivate var meaning: String {
    var sentences = [abstract, discussion].compactMap { $0 }.map(\.asSentence)
    if let allValues, !allValues.isEmpty {
      sentences.append("One of \(allValues.joined(separator: ", ")).")
    }
    if let defaultValue, !defaultValue.isEmpty { sentences.append("Default: \(defaultValue).") }
    if isRepeating { sentences.append("May be given more than once.") }
    return sentences.joined(separator: "\n")
  }
}

extension String {
  fileprivate var asSentence: String { last.map { ".:!?)".contains($0) } == true ? self : self + "." }
}
