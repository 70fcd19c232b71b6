import Core
import Setup

/// Shows a change of the cluster as it happens, or what it would be.
struct ClusterWorkRun {
  let context: Context
  let format: OutputFormat
  let dryRun: Bool
  /// Said when there is nothing to do.
  let nothingToDo: String

  /// - Parameter plan: plans the change, while nobody else changes anything; nil where there is nothing to be changed.
  func perform(_ plan: (ClusterMaintenance) async throws -> ClusterWork?) async throws {
    try await ClusterMaintenance.with(context, dryRun: dryRun) { maintenance in
      guard let work = try await plan(maintenance) else { return try showNothing() }
      let pending = try await work.pending()
      if pending.isEmpty { return try showNothing() }
      work.warnings.forEach(context.console.warn)
      if dryRun { return try show(pending) }
      let start = ContinuousClock.now
      let report = StepReport(console: context.console, names: work.plan.map(\.name))
      let changed = try await Interruption.shielded { try await maintenance.run(work) { report($0) } }
      let result = ClusterChangeResult(changed: changed, dryRun: false, steps: pending.map(\.name))
      try context.console.render(
        Rendering(result) { _, _ in "\nDone in \((ContinuousClock.now - start).forPeople)." }, as: format)
    }
  }

  private func showNothing() throws(Problem) {
    let result = ClusterChangeResult(changed: false, dryRun: dryRun, steps: [])
    try context.console.render(Rendering(result) { _, _ in "Nothing to do: \(nothingToDo)" }, as: format)
  }

  private func show(_ pending: [(name: String, detail: String)]) throws(Problem) {
    let result = ClusterChangeResult(changed: true, dryRun: true, steps: pending.map(\.name))
    let table = Table(["STEP", "WHAT"], rows: pending.map { [$0.name, $0.detail] })
    try context.console.render(Rendering(result, table), as: format)
    context.console.note("Nothing was changed.")
  }
}

/// What scripts get.
struct ClusterChangeResult: Encodable, Sendable {
  /// Whether anything was, or under `--dry-run` would be, changed.
  let changed: Bool
  let dryRun: Bool
  let steps: [String]
}
