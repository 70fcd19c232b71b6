import ArgumentParser
import Configuration
import Core
import FoundationEssentials
import Hosting
import Setup

/// Shows a preparation as it happens.
struct PrepareRun {
  let preparation: Preparation
  let context: Context
  let global: GlobalOptions

  func perform(dryRun: Bool) async throws {
    let console = context.console
    let start = ContinuousClock.now
    let checks = try preparation.checks()
    guard checks.failures.isEmpty else {
      let report = StepReport(console: console, names: ["checks"])
      report(.failed("checks"))
      checks.failures.forEach(console.show)
      console.note("Nothing was changed.")
      throw VerbEnded(status: checks.failures[0].exitStatus)
    }
    if try await preparation.isDone(), let present = preparation.present {
      let result = PrepareResult(changed: false, dryRun: dryRun, steps: [])
      try console.render(
        Rendering(result) { _, _ in "Nothing to do: prepared on \(present.prepared.day), all services run." },
        as: global.output)
      return
    }
    if dryRun { return try showPlan() }
    let machine = preparation.machine
    console.note(
      "Olares data layer on \(machine.hostName) (\(machine.operatingSystem.shortName), \(machine.cores) cores, "
        + "\(machine.memory.forPeople) memory)\n")
    let report = StepReport(console: console, names: ["checks"] + preparation.plan.map(\.name))
    report(.finished("checks", detail: checks.summary, changed: true, duration: .now - start))
    let changed = try await Interruption.shielded { try await preparation.run { report($0) } }
    try await preparation.limitations().forEach(console.warn)
    let result = PrepareResult(changed: changed, dryRun: false, steps: preparation.plan.map(\.name))
    try console.render(
      Rendering(result) { _, style in
        "\nReady in \((ContinuousClock.now - start).forPeople).  "
          + style.dim("Next: olares-cli app apply CHART --owner NAME")
      }, as: global.output)
  }

  private func showPlan() throws {
    let plan = preparation.plan
    let result = PrepareResult(changed: true, dryRun: true, steps: plan.map(\.name))
    let table = Table(["STEP", "WHAT"], rows: plan.map { [$0.name, $0.detail] })
    try context.console.render(Rendering(result, table), as: global.output)
    context.console.note("Nothing was changed.")
  }
}

/// What scripts get.
struct PrepareResult: Encodable, Sendable {
  /// Whether anything was, or under `--dry-run` would be, changed.
  let changed: Bool
  let dryRun: Bool
  let steps: [String]
}

extension Date {
  /// `2026-11-22`, UTC.
  var day: String { formatted(.iso8601.year().month().day()) }
}
