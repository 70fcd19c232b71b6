import ArgumentParser
import Core
import Storage

/// `olares-cli storage usage`.
struct StorageUsageCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "usage",
    abstract: "Show how much owners and apps have stored",
    discussion: """
      Counts what files take on the disk, as du does: a file with several names once, holes in files not at all. Links \
      are not followed, and other file systems mounted inside are not entered. SIZE of a directory marked "left behind" \
      is data that no grant covers.

      Examples:
        olares-cli storage usage
        olares-cli storage usage --owner alice --user-data
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var filter: InstanceFilter

  @Flag(name: .long, help: "Count the directories of Home that apps were granted as well")
  var userData = false

  func run(in context: Context) async throws {
    let progress = CountingProgress(context.console)
    let usage = try await context.grants().usage(
      UsageScope(owner: filter.owner, app: filter.app, includesUserData: userData), progress: progress.show)
    progress.end()
    for path in usage.skipped { context.console.warn("not counted: \(path.shortened(to: .max))") }
    try context.console.render(
      Rendering(usage) { width, style in usage.text(width, style) }, as: global.output)
  }
}

/// A line on a terminal that says how far a counting is, from its second second on.
private final class CountingProgress: Sendable {
  private let console: Console
  private let start = ContinuousClock.now
  private var isShown: Bool { console.errorIsTerminal && console.verbosity >= .normal && .now - start > .seconds(1) }

  init(_ console: Console) { self.console = console }

  func show(_ size: TreeSize) {
    if isShown { console.raw("\r\u{1b}[K  \(size.files) files, \(ByteCount(size.bytes).forPeople)") }
  }

  func end() { if isShown { console.raw("\r\u{1b}[K") } }
}

extension StorageUsage {
  func text(_ width: Int?, _ style: TextStyle) -> String {
    let table = Table(
      ["OWNER", "APP", "WHAT", .number("SIZE"), .number("FILES"), "PATH"],
      rows: entries.map { entry in
        [
          entry.owner, entry.apps.isEmpty ? "-" : entry.apps.joined(separator: ", "),
          entry.granted || entry.size.files == 0 ? entry.kind.rawValue : "\(entry.kind.rawValue), left behind",
          ByteCount(entry.size.bytes).forPeople, "\(entry.size.files)", entry.path,
        ]
      })
    var lines = entries.isEmpty ? [] : [table.rendered(width: width, style: style), ""]
    lines += totals.map { "\($0.owner): \(ByteCount($0.size.bytes).forPeople) in \($0.size.files) files" }
    lines += fileSystems.map {
      "\($0.path): \(ByteCount($0.freeBytes).forPeople) of \(ByteCount($0.totalBytes).forPeople) free"
    }
    return lines.joined(separator: "\n")
  }
}
