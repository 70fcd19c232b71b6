import Core
import SystemPackage
import Testing

/// A verb whose runs are cut off, and how to get a machine into the state before it.
struct DisturbedVerb: Sendable, CustomTestStringConvertible {
  let name: String
  let arguments: @Sendable (TestMachine) throws -> [String]
  /// The name of its journal.
  let journal: String
  /// Brings any machine that the verb has run on, whole or not, into the state before it.
  let setUp: @Sendable (TestMachine) async throws -> Void
  /// What an undisturbed run ends with. One that fails leaves everything as it was.
  var status: Int32 = 0
  /// Whether each run gets a machine of its own, on which nothing has been done.
  var isOnNewMachine = false
  /// How often it is killed at random moments, and its servers are.
  let randomKills: Int
  var serverKills = 0

  var testDescription: String { name }
}

extension DisturbedVerb {
  /// Cuts the verb off at every entry of its journal and at random moments, runs it again, and compares.
  func verify() async throws {
    try await TestMachine.with { machine in
      let reference = try await undisturbedRun(on: machine)
      for blow in blows(during: reference) {
        if isOnNewMachine {
          try await TestMachine.with { try await verify(blow, on: $0, reference) }
        } else {
          try await verify(blow, on: machine, reference)
        }
      }
    }
  }

  private struct Reference: Sendable {
    let before: MachineState?
    let after: MachineState
    let entries: Int
    let duration: Duration
  }

  private enum Blow: Sendable {
    case kill(Moment)
    /// Only the verb itself: what it runs goes on.
    case orphan(Moment)
    case server(Int, Moment)

    func disturbance(on machine: TestMachine) -> Disturbance {
      switch self {
      case .kill(let moment): .kill(moment)
      case .orphan(let moment): .orphan(moment)
      case .server(let index, let moment):
        .killOthers(index.isMultiple(of: 2) ? "PostgreSQL" : "Redis", moment) {
          let servers = machine.serverProcesses
          return servers.isEmpty ? [] : [servers[index % servers.count].id]
        }
      }
    }
  }

  private func blows(during reference: Reference) -> [Blow] {
    var random = SeededGenerator(purpose: name)
    func moments(_ count: Int) -> [Moment] {
      (0..<count).map { _ in .after(reference.duration * Double.random(in: 0..<1, using: &random)) }
    }
    let entries = (0..<reference.entries).map { Blow.kill(.entry($0 + 1)) }
    let ends = reference.entries == 0 ? [] : [Blow.kill(.journalGone)]
    let kills = moments(randomKills).enumerated().map { $0.isMultiple(of: 3) ? Blow.orphan($1) : .kill($1) }
    let servers = moments(serverKills).enumerated().map { Blow.server($0, $1) }
    return entries + ends + kills + servers
  }

  private func undisturbedRun(on machine: TestMachine) async throws -> Reference {
    try await setUp(machine)
    let before = isOnNewMachine ? nil : try await machine.state()
    let run = try await machine.run(arguments(machine), journal: journal)
    try #require(run.status == status, "\(name): \(run.summary)")
    let after = try await machine.state()
    if let before, status != 0 {
      try #require(after == before, "\(name) failed and left:\n\(after.difference(from: before))")
    }
    // The second run finds nothing to do.
    let second = try await machine.run(arguments(machine), journal: journal)
    try #require(second.status == status, "\(name) again: \(second.summary)")
    try await machine.expect(after, "\(name), run twice")
    return Reference(before: before, after: after, entries: run.entries, duration: run.duration)
  }

  private func verify(_ blow: Blow, on machine: TestMachine, _ reference: Reference) async throws {
    let disturbance = blow.disturbance(on: machine)
    let what = "\(name), \(disturbance), OLARES_FAILURE_SEED=\(SeededGenerator.seed)"
    var run: VerbRun
    var attempts = 0
    repeat {
      try await setUp(machine)
      if let before = reference.before { try await machine.expect(before, "\(what): before it") }
      run = try await machine.run(arguments(machine), journal: journal, disturbance: disturbance)
      attempts += 1
      // On a loaded machine the last step may be over before anybody sees that it has begun.
    } while !run.wasStruck && attempts < 5 && !isOnNewMachine
    if case .server = blow, !machine.serverProcesses.isEmpty { try await machine.waitUntilServing() }
    let again = try await machine.run(arguments(machine))
    if again.status != status {
      Issue.record("\(what): \(run.summary)\nthe run after it: \(again.summary)")
    }
    try await machine.expect(reference.after, "\(what): \(run.summary)\nthe run after it: \(again.summary)")
  }
}
