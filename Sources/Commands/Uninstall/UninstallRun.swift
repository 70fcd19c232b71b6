import Core
import Setup
import SystemPackage

/// Shows what an uninstallation stops, keeps and deletes, asks, and shows it happen.
struct UninstallRun {
  let uninstallation: Uninstallation
  let context: Context
  let format: OutputFormat

  func perform(confirmRoot: FilePath?, yes: Bool, dryRun: Bool) async throws {
    let console = context.console
    let isDeleting = uninstallation.deletingData
    if uninstallation.isDamaged {
      console.warn("the configuration below \(uninstallation.baseDirectory) is damaged: its other records are used")
    }
    try uninstallation.requirePermission()
    let isDone = try await uninstallation.isDone()
    let survey = try await uninstallation.survey(measuring: isDeleting && !isDone)
    let result = UninstallResult(changed: !isDone, dryRun: dryRun, deletesData: isDeleting, survey: survey)
    if isDone {
      return try console.render(Rendering(result) { _, _ in nothingToDo(survey) }, as: format)
    }
    if dryRun {
      try console.render(Rendering(result) { _, style in survey.text(isDeleting, style) }, as: format)
      return console.note("Nothing was changed.")
    }
    try confirm(survey, confirmRoot: confirmRoot, yes: yes)
    let report = StepReport(console: console, names: uninstallation.plan)
    _ = try await uninstallation.run { report($0) }
    try console.render(Rendering(result) { _, style in ending(survey, style) }, as: format)
  }

  /// - Throws: `Problem` `not-confirmed`, `other-root` (both usage).
  private func confirm(_ survey: UninstallationSurvey, confirmRoot: FilePath?, yes: Bool) throws(Problem) {
    let console = context.console
    let text = survey.text(uninstallation.deletingData, console.errorStyle)
    guard uninstallation.deletingData, let root = uninstallation.root else {
      if yes { console.note(text + "\n") } else { console.raw(text + "\n\n") }
      return try console.confirm("Uninstall?", assumingYes: yes)
    }
    if let confirmRoot {
      guard confirmRoot == root else {
        throw Problem(
          "other-root", .usage, "the root is \(root), not \(confirmRoot); nothing was changed",
          hint: "to delete it: --confirm-root \(root)")
      }
      return console.note(text + "\n")
    }
    guard console.inputIsTerminal else {
      throw Problem(
        "not-confirmed", .usage, "deleting \(root) needs more than --yes, and there is no terminal to ask on",
        hint: "name what is to be deleted: --confirm-root \(root)",
        "see what that is: olares-cli uninstall --delete-data --dry-run")
    }
    console.raw("\(text)\n\nThis cannot be taken back. Type \(root) to delete it: ")
    guard let answer = readLine(), answer == root.string else {
      throw Problem("not-confirmed", .failed, "not confirmed; nothing was changed")
    }
  }

  private func nothingToDo(_ survey: UninstallationSurvey) -> String {
    guard !uninstallation.deletingData, survey.holdsData else { return "Nothing to do: nothing is installed." }
    return "Nothing to do: uninstalled, with its data kept.\n\n" + survey.wayBack
  }

  private func ending(_ survey: UninstallationSurvey, _ style: TextStyle) -> String {
    guard !uninstallation.deletingData else { return "\nUninstalled; the data is deleted." }
    return survey.holdsData ? "\nUninstalled; the data is kept.\n\n" + survey.wayBack : "\nUninstalled."
  }
}

/// What scripts get.
struct UninstallResult: Encodable, Sendable {
  /// Whether anything was, or under `--dry-run` would be, changed.
  let changed: Bool
  let dryRun: Bool
  let deletesData: Bool
  /// What there was before.
  let survey: UninstallationSurvey
}

extension UninstallationSurvey {
  var holdsData: Bool { !places.isEmpty }

  fileprivate func text(_ isDeleting: Bool, _ style: TextStyle) -> String {
    var rows: [(String, String, String)] = []
    if !services.isEmpty { rows.append((style.bold("stops"), services.joined(separator: " "), "")) }
    for (index, place) in places.enumerated() {
      let verb = index > 0 ? "" : isDeleting ? style.error("deletes") : style.success("keeps")
      let size = place.bytes.map { ByteCount($0).forPeople + "  " } ?? ""
      rows.append((verb, place.path, size + describe(place.holds)))
    }
    for server in attached {
      rows.append(
        (style.success("leaves"), server.server, server.left.isEmpty ? "nothing of apps is there" : describe(server)))
    }
    if !packages.isEmpty {
      rows.append((style.success(isDeleting || places.isEmpty ? "keeps" : ""), "Debian's packages", removal))
    }
    let widths = (rows.map { $0.0.displayWidth }.max() ?? 0, rows.map { $0.1.displayWidth }.max() ?? 0)
    let lines = rows.map { row in
      "  \(row.0.padded(to: widths.0))  \(row.2.isEmpty ? row.1 : "\(row.1.padded(to: widths.1))  \(row.2)")"
    }
    let what = isDeleting ? "the data layer with all of its data" : "the data layer"
    return (["Takes \(what) off \(host).", ""] + lines).joined(separator: "\n")
  }

  private var removal: String { "to remove them: apt-get remove \(packages.joined(separator: " "))" }

  private func describe(_ server: Attached) -> String {
    "as it is, with \(counted(server.left.count, server.what)) of apps: \(server.left.shortList)"
  }

  private func describe(_ contents: Contents) -> String {
    switch contents {
    case .files: "the files of \(owners.count.of("owner"))\(owners.isEmpty ? "" : ": \(owners.shortList)")"
    case .caches: "caches of apps"
    case .postgresql: "\(counted(databases, "database")) of apps"
    case .redis: "\(counted(namespaces, "namespace")) of apps"
    case .secrets: "passwords of the servers and of apps"
    }
  }

  /// Servers that do not run cannot be asked.
  private func counted(_ count: Int, _ noun: String) -> String {
    if countsAreComplete { return count.of(noun) }
    return count == 0 ? "\(noun)s" : "at least \(count.of(noun))"
  }

  /// How to come back to the data, and how to get rid of it.
  fileprivate var wayBack: String {
    let base = "--base-dir \(baseDirectory)"
    return """
      Its data:       \(root ?? "unknown")
      Its passwords:  \(baseDirectory)/secrets
      To come back:   olares-cli prepare \(base)
      To delete it:   olares-cli uninstall --delete-data \(base)
      """
  }
}

extension [String] {
  /// At most five of them.
  fileprivate var shortList: String {
    prefix(5).joined(separator: ", ") + (count > 5 ? ", and \(count - 5) more" : "")
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - displayWidth))
  }
}
