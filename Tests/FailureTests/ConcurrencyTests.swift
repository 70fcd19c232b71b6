import Core
import SystemPackage
import Testing

/// Many processes at once: each does its whole work or says that another one is at it, and nothing is lost.
@Suite(.serialized, realMachine) struct ConcurrencyTests {
  @Test func twentyAppliesOfOneApp() async throws {
    try await TestMachine.with { machine in
      try await machine.succeed(machine.prepare)
      let manifest = try machine.manifest(Manifests.everything("wiki"), named: "wiki")
      let runs = try await machine.runAtOnce(
        Array(repeating: ["app", "apply", manifest, "--owner", "alice"], count: 20))
      for run in runs { #expect([0, 75].contains(run.status), "\(run.summary)") }
      #expect(runs.count { $0.status == 0 && $0.errors.contains("\nDone, ") } == 1)
      let state = try await machine.state()
      try await machine.succeed(["app", "apply", manifest, "--owner", "alice"])
      try await machine.expect(state, "applied once more")
      // The same as one run alone would have left.
      try await TestMachine.with { other in
        try await other.succeed(other.prepare)
        try await other.succeed(["app", "apply", manifest, "--owner", "alice"])
        try await other.expect(state, "applied once, alone")
      }
    }
  }

  @Test func tenAppliesOfDifferentApps() async throws {
    try await TestMachine.with { machine in
      try await machine.succeed(machine.prepare)
      let verbs = try (0..<10).map { index in
        let manifest = try machine.manifest(Manifests.everything("app\(index)"), named: "app\(index)")
        return ["app", "apply", manifest, "--owner", index.isMultiple(of: 2) ? "alice" : "bob"]
      }
      // They share the storage, and on a loaded machine one may have waited for it too long.
      let runs = try await machine.runAtOnce(verbs)
      for run in runs { #expect([0, 75].contains(run.status), "\(run.summary)") }
      for (verb, run) in zip(verbs, runs) where run.status == 75 { try await machine.succeed(verb) }
      let state = try await machine.state()
      #expect(state.lines.count { $0.hasPrefix("login ") && $0.contains("PONG") } == 10)
      #expect(state.lines.count { $0.hasPrefix("login ") && $0.contains("_main") } == 10)
      for verb in verbs { try await machine.succeed(verb) }
      try await machine.expect(state, "applied once more, one after the other")
    }
  }

  @Test func twoPreparations() async throws {
    try await TestMachine.with { machine in
      let runs = try await machine.runAtOnce([machine.prepare, machine.prepare])
      #expect(runs.map(\.status).sorted() == [0, 75], "\(runs.map(\.summary))")
      let state = try await machine.state()
      try await machine.succeed(machine.prepare)
      try await machine.expect(state, "prepared once more")
    }
  }

  /// Whichever comes last decides, and then everything is there or nothing is.
  @Test func applyAgainstRemove() async throws {
    try await TestMachine.with { machine in
      try await machine.succeed(machine.prepare)
      let manifest = try machine.manifest(Manifests.everything("wiki"), named: "wiki")
      let apply = ["app", "apply", manifest, "--owner", "alice"]
      let remove = ["app", "remove", "wiki", "--owner", "alice", "--delete-data", "--yes"]
      // The owner's volumes are made by the first grant, and stay.
      for verb in [apply, remove, apply] { try await machine.succeed(verb) }
      let present = try await machine.state()
      try await machine.succeed(remove)
      let absent = try await machine.state()
      for round in 0..<4 {
        for run in try await machine.runAtOnce(round.isMultiple(of: 2) ? [apply, remove] : [remove, apply]) {
          #expect([0, 75].contains(run.status), "\(run.summary)")
        }
        let state = try await machine.state()
        #expect(
          state == present || state == absent,
          "neither:\n\(state.difference(from: present))\nnor:\n\(state.difference(from: absent))")
      }
    }
  }

  @Test func grantDuringApply() async throws {
    try await TestMachine.with { machine in
      try await machine.succeed(machine.prepare)
      let manifest = try machine.manifest(Manifests.everything("wiki"), named: "wiki")
      let apply = ["app", "apply", manifest, "--owner", "alice"]
      let grant = [
        "storage", "grant", "--app", "wiki", "--owner", "alice", "--app-data", "--app-cache", "--user-data",
        "Home/Documents", "--user-data", "Home/Pictures",
      ]
      let other = ["storage", "grant", "--app", "notes", "--owner", "alice", "--app-data"]
      for run in try await machine.runAtOnce([apply, grant, other, grant, other]) {
        #expect([0, 75].contains(run.status), "\(run.summary)")
      }
      let state = try await machine.state()
      for verb in [apply, grant, other] { try await machine.succeed(verb) }
      try await machine.expect(state, "each once more")
      try await machine.succeed(["app", "values", "wiki", "--owner", "alice"])
    }
  }
}

extension TestMachine {
  /// Starts all verbs at the same time, and waits for all.
  /// - Returns: their runs, in the order of `verbs`.
  fileprivate func runAtOnce(_ verbs: [[String]]) async throws -> [VerbRun] {
    try await withThrowingTaskGroup(of: (index: Int, run: VerbRun).self) { group in
      for (index, verb) in verbs.enumerated() { group.addTask { (index, try await run(verb)) } }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.index < $1.index }.map(\.run)
    }
  }
}
