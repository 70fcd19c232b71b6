import Core
import Glibc
import Testing

/// SIGINT and SIGTERM at any moment: the work is taken back or can be gone on with, and the message says which.
@Suite(.serialized, realMachine) struct InterruptionTests {
  @Test(arguments: [DisturbedVerb.apply, .remove, .rotate])
  func interrupted(_ verb: DisturbedVerb) async throws {
    try await TestMachine.with { machine in
      try await verb.setUp(machine)
      let before = try await machine.state()
      let undisturbed = try await machine.run(verb.arguments(machine))
      try #require(undisturbed.status == 0, "\(undisturbed.summary)")
      let after = try await machine.state()
      var random = SeededGenerator(purpose: "interrupted \(verb.name)")
      for index in 0..<5 {
        let number = index.isMultiple(of: 2) ? SIGINT : SIGTERM
        let moment = Moment.after(undisturbed.duration * Double.random(in: 0..<1, using: &random))
        let what = "\(verb.name), signal \(number) \(moment), OLARES_FAILURE_SEED=\(SeededGenerator.seed)"
        try await verb.setUp(machine)
        let run = try await machine.run(verb.arguments(machine), disturbance: .signal(number, moment))
        #expect([0, 128 + number].contains(run.status), "\(what): \(run.summary)")
        // What was sent to a server may still be at work there.
        try await machine.settle()
        let state = try await machine.state()
        if run.status == 0 {
          try await machine.expect(after, what)
        } else if run.errors.contains("taken back") {
          try await machine.expect(before, "\(what): \(run.summary)")
        } else if run.errors.contains("interrupted") {
          #expect(run.errors.contains("again"), "\(what): it does not say what became of the work: \(run.summary)")
        } else {
          // It was before its work or after it.
          #expect(
            state == before || state == after,
            "\(what): \(run.summary)\n\(state.difference(from: before))\nor\n\(state.difference(from: after))")
        }
        let again = try await machine.run(verb.arguments(machine))
        #expect(again.status == 0, "\(what): the run after it: \(again.summary)")
        try await machine.expect(after, "\(what): the run after it: \(again.summary)")
      }
    }
  }

  @Test(arguments: 0..<2) func interruptedPreparation(_ index: Int) async throws {
    try await TestMachine.with { machine in
      var random = SeededGenerator(purpose: "interrupted prepare \(index)")
      let number = index.isMultiple(of: 2) ? SIGINT : SIGTERM
      let moment = Moment.after(.milliseconds(Int.random(in: 300..<6000, using: &random)))
      let what = "prepare, signal \(number) \(moment), OLARES_FAILURE_SEED=\(SeededGenerator.seed)"
      let run = try await machine.run(machine.prepare, disturbance: .signal(number, moment))
      #expect([0, 128 + number].contains(run.status), "\(what): \(run.summary)")
      if run.errors.contains("interrupted") { #expect(run.errors.contains("again"), "\(what): \(run.summary)") }
      try await machine.succeed(machine.prepare)
      let state = try await machine.state()
      try await machine.succeed(machine.prepare)
      try await machine.expect(state, what)
    }
  }
}
