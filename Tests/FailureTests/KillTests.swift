import Core
import Glibc
import SystemPackage
import Testing

/// A verb that is killed at any moment, or whose servers are, and is then run again, leaves what it leaves undisturbed. Beside
/// every entry of the journals, all verbs together are killed at fifty random moments.
@Suite(.serialized, realMachine) struct KillTests {
  @Test(arguments: DisturbedVerb.chosen(from: [.prepare, .apply, .failingApply, .rotate]))
  func verb(_ verb: DisturbedVerb) async throws { try await verb.verify() }
}

/// The same for verbs that take something away, at the same time: more machines at once take longer, not shorter.
@Suite(.serialized, realMachine) struct RemovalKillTests {
  @Test(arguments: DisturbedVerb.chosen(from: [.remove, .removeWithData, .uninstall, .uninstallWithData]))
  func verb(_ verb: DisturbedVerb) async throws { try await verb.verify() }
}

extension DisturbedVerb {
  /// All of `verbs`, or those that `OLARES_FAILURE_VERBS` names, separated by commas.
  static func chosen(from verbs: [DisturbedVerb]) -> [DisturbedVerb] {
    guard let chosen = getenv("OLARES_FAILURE_VERBS").map({ String(cString: $0) }) else { return verbs }
    return verbs.filter { chosen.split(separator: ",").contains(Substring($0.name)) }
  }

  static let prepare = DisturbedVerb(
    name: "prepare", arguments: { $0.prepare }, journal: "prepare", setUp: { _ in }, isOnNewMachine: true,
    randomKills: 3, serverKills: 1)

  static let apply = DisturbedVerb(
    name: "app apply", arguments: { try $0.applyWiki }, journal: "app-alice-wiki",
    setUp: { try await $0.withoutWiki() },
    randomKills: 14, serverKills: 3)

  /// Its last script fails, so everything before it is taken back.
  static let failingApply = DisturbedVerb(
    name: "app apply that fails",
    arguments: { machine in
      let text = Manifests.everything("wiki", last: "SELECT 1/0")
      return ["app", "apply", try machine.manifest(text, named: "failing"), "--owner", "alice"]
    }, journal: "app-alice-wiki", setUp: { try await $0.withoutWiki() }, status: 65, randomKills: 6)

  static let remove = DisturbedVerb(
    name: "app remove", arguments: { _ in ["app", "remove", "wiki", "--owner", "alice"] }, journal: "remove-alice-wiki",
    setUp: { try await $0.withWiki() }, randomKills: 7, serverKills: 1)

  static let removeWithData = DisturbedVerb(
    name: "app remove --delete-data", arguments: { _ in removeEverything }, journal: "remove-alice-wiki",
    setUp: { try await $0.withWiki() }, randomKills: 7, serverKills: 1)

  /// It has no journal: its password is on record before it is in force.
  static let rotate = DisturbedVerb(
    name: "db rotate", arguments: { _ in ["db", "rotate", "postgres", "--app", "wiki", "--owner", "alice"] },
    journal: "none", setUp: { try await $0.withWiki() }, randomKills: 9)

  static let uninstall = DisturbedVerb(
    name: "uninstall", arguments: { _ in ["uninstall", "--yes"] }, journal: "uninstall",
    setUp: { try await $0.withNeighbour() }, randomKills: 2)

  static let uninstallWithData = DisturbedVerb(
    name: "uninstall --delete-data",
    arguments: { ["uninstall", "--delete-data", "--confirm-root", $0.root.string] }, journal: "uninstall",
    setUp: { try await $0.withNeighbour() }, randomKills: 2)
}

private let removeEverything = ["app", "remove", "wiki", "--owner", "alice", "--delete-data", "--yes"]

extension TestMachine {
  fileprivate var applyWiki: [String] {
    get throws { ["app", "apply", try manifest(Manifests.everything("wiki"), named: "wiki"), "--owner", "alice"] }
  }

  /// Prepared, with a neighbour that nothing may touch, and without the app.
  fileprivate func withoutWiki() async throws {
    try await withNeighbour()
    try await succeed(removeEverything)
  }

  /// Prepared, with a neighbour that nothing may touch, and with the app.
  fileprivate func withWiki() async throws {
    try await withNeighbour()
    // What an earlier run has removed is given anew.
    try await succeed(removeEverything)
    try await succeed(try applyWiki)
  }

  /// Prepared, with an app.
  fileprivate func withNeighbour() async throws {
    guard !Files.exists(baseDirectory.appending("config.yaml")) else { return }
    try await succeed(prepare)
    let manifest = try manifest(Manifests.everything("notes"), named: "notes")
    try await succeed(["app", "apply", manifest, "--owner", "alice"])
  }
}
