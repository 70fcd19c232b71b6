import Apps
import ArgumentParser
import Core
import Logging

struct AppRemove: Verb {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Take back everything an app was given",
    discussion: """
      Ends the app's access first: its grant is revoked and unmounted, its sessions end, its passwords are forgotten. Its \
      data stays, closed to everybody, until --delete-data deletes it, now or later; or until app apply --adopt hands \
      it to an app of the same name and owner. Nothing in the owner's Home is ever deleted.

      It asks the disk and the servers what there is, so it also cleans up where the app's secrets are lost or an apply \
      was cut off. Cut off itself, it goes on when it is run again.

      Examples:
        olares-cli app remove miniflux --owner alice
        olares-cli app remove miniflux --owner alice --delete-data --dry-run
        olares-cli app remove miniflux --owner alice --delete-data --yes
      """,
    aliases: ["rm"])

  @OptionGroup var target: InstanceArgument

  @Flag(help: "Delete its databases, its keys, its data and its cache as well")
  var deleteData = false

  @Flag(name: [.short, .long], help: "Do not ask")
  var yes = false

  @Flag(help: "Only show what would be done")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let console = context.console
    let instance = target.instance
    let remover = AppRemover(
      try DataLayer(baseDirectory: context.baseDirectory), instance, deletingData: deleteData
    ) { console.warn($0) }
    if dryRun {
      let plan = try await remover.plan()
      try console.render(Rendering(removal: plan), as: global.output)
      if !plan.changesAnything { console.note(plan.nothingToDo) }
      return
    }
    var kept: [AppRemovalPlan.Item] = []
    var nothingToDo = ""
    let changed = try await remover.remove(measuring: deleteData) { plan in
      kept = plan.keptData
      nothingToDo = plan.nothingToDo
      if !plan.deletedData.isEmpty {
        console.note(plan.table.rendered(width: nil, style: console.errorStyle))
        try console.confirm("Delete this data of \(instance) for good?", assumingYes: yes)
      }
      let report = StepReport(console: console, names: plan.steps.map(\.name))
      return { report($0) }
    }
    context.log.notice(
      "app remove",
      metadata: [
        "app": "\(instance.app)", "owner": "\(instance.owner)", "deleted": "\(deleteData)", "changed": "\(changed)",
      ])
    guard changed else { return console.note(nothingToDo) }
    console.note("Removed.")
    if !kept.isEmpty {
      console.note(
        "Its data is kept.  Next: olares-cli app remove \(instance.app) --owner \(instance.owner) --delete-data")
    }
  }
}

extension Rendering {
  fileprivate init(removal plan: AppRemovalPlan) { self.init(plan.items, plan.table) }
}

extension AppRemovalPlan {
  fileprivate var table: Table {
    Table(
      ["PART", "WHAT", "NAME", .number("SIZE"), "STATE"],
      rows: items.map { [$0.part.rawValue, $0.kind.rawValue, $0.name, $0.size, $0.state.rawValue] })
  }

  fileprivate var nothingToDo: String {
    keptData.isEmpty
      ? "Nothing to do: \(instance) has nothing here."
      : "Nothing to do: \(instance) was removed; its data is kept until --delete-data or app apply --adopt."
  }
}

extension AppRemovalPlan.Item {
  fileprivate var size: String {
    bytes.map { ByteCount($0).forPeople } ?? keys.map { $0 == 1 ? "1 key" : "\($0) keys" } ?? ""
  }
}
