import Core
import Synchronization
import SystemPackage
import TestServers
import Testing

@Suite struct JournalTests {
  @Test func doesWhatIsMissingInOrder() async throws {
    try await Scratch.with { scratch async throws in
      let world = World(made: ["b"])
      let journal = Journal(directory: scratch.path, name: "work")
      let events = Events()
      #expect(try await journal.run(world.steps("a", "b", "c"), onFailure: .undo, report: events.record))
      #expect(events.all == ["began a", "made a", "began b", "found b", "began c", "made c"])
      #expect(world.acts == ["perform a", "perform c"])
      #expect(try Files.names(in: scratch.path).isEmpty)
    }
  }

  @Test func secondRunChangesNothing() async throws {
    try await Scratch.with { scratch async throws in
      let world = World()
      let journal = Journal(directory: scratch.path, name: "work")
      #expect(try await journal.run(world.steps("a", "b"), onFailure: .undo))
      #expect(try await !journal.run(world.steps("a", "b"), onFailure: .undo))
      #expect(world.acts == ["perform a", "perform b"])
    }
  }

  @Test func failureTakesBackLastStepFirst() async throws {
    try await Scratch.with { scratch async throws in
      let world = World(made: ["before"])
      let journal = Journal(directory: scratch.path, name: "work")
      let events = Events()
      let problem = await #expect(throws: Problem.self) {
        try await journal.run(
          world.steps("before", "a", "b", "c", failing: "c"), onFailure: .undo, report: events.record)
      }
      #expect(problem?.code == "step-failed")
      #expect(world.acts == ["perform a", "perform b", "perform c", "undo c", "undo b", "undo a"])
      #expect(world.things == ["before"])
      #expect(events.all.suffix(4) == ["failed c", "undone c", "undone b", "undone a"])
      #expect(try journal.unfinished().isEmpty)
    }
  }

  @Test func keptWorkIsContinued() async throws {
    try await Scratch.with { scratch async throws in
      let world = World()
      let journal = Journal(directory: scratch.path, name: "work")
      await #expect(throws: Problem.self) {
        try await journal.run(world.steps("a", "b", failing: "b"), onFailure: .keep)
      }
      #expect(try journal.unfinished() == ["a", "b"])
      #expect(world.things == ["a", "half b"])
      #expect(try await journal.run(world.steps("a", "b"), onFailure: .keep))
      #expect(world.things == ["a", "b"])
      #expect(try journal.unfinished().isEmpty)
    }
  }

  @Test func failedUndoIsReportedAndTriedAgain() async throws {
    try await Scratch.with { scratch async throws in
      let world = World()
      let journal = Journal(directory: scratch.path, name: "work")
      let events = Events()
      let problem = await #expect(throws: Problem.self) {
        try await journal.run(
          world.steps("a", "b", "c", failing: "c", stuck: "b"), onFailure: .undo, report: events.record)
      }
      #expect(problem?.code == "step-failed")
      #expect(problem?.hints.last?.contains("b") == true)
      #expect(world.things == ["b"])
      #expect(events.all.contains("not undone b: stuck"))
      #expect(try journal.unfinished() == ["b"])
      await #expect(throws: Problem.self) {
        try await journal.run(world.steps("a", "b", "c", failing: "a"), onFailure: .undo)
      }
      #expect(world.things.isEmpty)
      #expect(try journal.unfinished().isEmpty)
    }
  }

  @Test func stepThatIsNoLongerListedIsReportedNotForgotten() async throws {
    try await Scratch.with { scratch async throws in
      let world = World()
      let journal = Journal(directory: scratch.path, name: "work")
      await #expect(throws: Problem.self) {
        try await journal.run(world.steps("old", "b", failing: "b"), onFailure: .keep)
      }
      let problem = await #expect(throws: Problem.self) {
        try await journal.run(world.steps("b", failing: "b"), onFailure: .undo)
      }
      #expect(problem?.hints.last?.contains("old") == true)
      #expect(try journal.unfinished() == ["old"])
    }
  }

  /// The run after one that was killed finds what that one made, and has to be told that it was not there before.
  @Test func anUndoIsOwedUntilItIsDone() async throws {
    try await Scratch.with { scratch async throws in
      let world = World()
      let journal = Journal(directory: scratch.path, name: "work")
      let steps = world.steps("present", "new", failing: "new")
      await #expect(throws: Problem.self) {
        try await journal.run([steps[0].withoutUndo, steps[1]], onFailure: .keep)
      }
      #expect(try journal.unfinished() == ["present", "new"])
      #expect(try journal.owedUndos() == ["new"])

      let last = world.steps("last", failing: "last")
      let problem = await #expect(throws: Problem.self) {
        try await journal.run(
          world.steps("present", "new").map(\.withoutUndo) + last, onFailure: .undo)
      }
      #expect(problem?.hints.last?.contains("could not be taken back: new;") == true)
      #expect(try journal.unfinished() == ["new"])
      #expect(try journal.owedUndos() == ["new"])
      #expect(world.things == ["present", "new"])

      let undoable = await #expect(throws: Problem.self) {
        try await journal.run(
          [world.steps("present")[0].withoutUndo] + world.steps("new") + last, onFailure: .undo)
      }
      #expect(undoable?.hints == [])
      #expect(world.things == ["present"])
      #expect(try journal.owedUndos().isEmpty)
    }
  }

  @Test func cancellationTakesBackTooAndIsNotStoppedByItself() async throws {
    try await Scratch.with { scratch async throws in
      let world = World()
      let journal = Journal(directory: scratch.path, name: "work")
      let steps =
        world.steps("a")
        + [
          Step(
            "endless", check: { nil },
            perform: {
              withUnsafeCurrentTask { $0?.cancel() }
              try await Task.sleep(for: .seconds(600))
              return ""
            },
            undo: {
              try Task.checkCancellation()
              world.act("undo endless")
            })
        ] + world.steps("c")
      let problem = await #expect(throws: Problem.self) {
        try await Task { try await journal.run(steps, onFailure: .undo) }.value
      }
      #expect(problem?.exitStatus == .interrupted)
      #expect(problem?.message == "interrupted; what was begun is taken back")
      #expect(world.acts == ["perform a", "undo endless", "undo a"])
      #expect(world.things.isEmpty)
    }
  }

  @Test func anInterruptionSaysWhatBecameOfTheWork() async throws {
    try await Scratch.with { scratch async throws in
      let world = World()
      let journal = Journal(directory: scratch.path, name: "work")
      let interrupting = Step(
        "b", check: { nil },
        perform: {
          withUnsafeCurrentTask { $0?.cancel() }
          // What a server says about a statement that was cut off.
          throw Problem("cut-off", .unavailable, "the server ended the session")
        })
      let kept = await #expect(throws: Problem.self) {
        try await Task { try await journal.run(world.steps("a") + [interrupting], onFailure: .keep) }.value
      }
      #expect(kept?.exitStatus == .interrupted)
      #expect(kept?.message == "interrupted; what was done stays")
      #expect(kept?.hints == ["run the command again: it goes on from there"])
      #expect(kept?.cause == "the server ended the session")
      #expect(world.acts == ["perform a"])

      let untouched = await #expect(throws: Problem.self) {
        try await Task {
          withUnsafeCurrentTask { $0?.cancel() }
          return try await Journal(directory: scratch.path, name: "other").run(world.steps("c"), onFailure: .undo)
        }.value
      }
      #expect(untouched?.message == "interrupted; nothing was changed")
      #expect(world.acts == ["perform a"])
    }
  }

  /// The process is killed at each moment of a run in turn; whatever the journal and the world were then, a further run
  /// completes the work, or takes back all of it.
  @Test(arguments: [nil, "c"] as [String?])
  func runsOnFromAnyCrash(failing: String?) async throws {
    try await Scratch.with { scratch async throws in
      let crashes = try await crashes(of: ["a", "b", "c"], failing: failing, in: scratch.path.appending("first"))
      #expect(crashes.count > 9)
      for (index, crash) in crashes.enumerated() {
        for torn in crash.tornJournals {
          for completes in [true, false] {
            let directory = scratch.path.appending("again-\(index)-\(torn.utf8.count)-\(completes)")
            try Files.createDirectory(directory)
            try AtomicFile.write(torn, to: directory.appending("work.jsonl"))
            let world = World(made: crash.things)
            let journal = Journal(directory: directory, name: "work")
            if completes {
              _ = try await journal.run(world.steps("a", "b", "c"), onFailure: .undo)
              #expect(world.things == ["a", "b", "c"], "crash \(index)")
            } else {
              await #expect(throws: Problem.self) {
                try await journal.run(world.steps("a", "b", "c", "d", failing: "d"), onFailure: .undo)
              }
              #expect(world.things.isEmpty, "crash \(index), journal \(torn)")
            }
            #expect(try Files.names(in: directory).isEmpty)
          }
        }
      }
    }
  }

  /// A line torn by a power cut must not swallow the line that a later run writes.
  @Test func secondCrashAfterATornLineLosesNothing() async throws {
    try await Scratch.with { scratch async throws in
      try AtomicFile.write(#"{"step":"a","ev"#, to: scratch.path.appending("work.jsonl"))
      let world = World()
      let journal = Journal(directory: scratch.path, name: "work")
      await #expect(throws: Problem.self) {
        try await journal.run(world.steps("a", "b", failing: "b"), onFailure: .keep)
      }
      #expect(try journal.unfinished() == ["a", "b"])
    }
  }

  @Test func unwritableJournalStopsTheWorkBeforeItChangesAnything() async throws {
    let world = World()
    let journal = Journal(directory: "/nonexistent", name: "work")
    let problem = await #expect(throws: Problem.self) { try await journal.run(world.steps("a"), onFailure: .keep) }
    #expect(problem?.code == "no-such-file")
    #expect(world.acts.isEmpty)
  }

  private struct Crash {
    let journal: String
    let things: Set<String>

    /// The journal as it was, and as a power cut may have left its last line while it was being written.
    var tornJournals: [String] {
      guard journal.hasSuffix("\n") else { return [journal] }
      let lastLine = journal.dropLast().split(separator: "\n").last?.count ?? 0
      // Only before the step began to act can its line be unfinished: it is synchronized first.
      return [journal]
        + (isBeforeActing ? stride(from: 1, through: lastLine, by: 6).map { String(journal.dropLast($0)) } : [])
    }
    let isBeforeActing: Bool
  }

  /// The journal and the world at every moment of one run.
  private func crashes(of names: [String], failing: String?, in directory: FilePath) async throws -> [Crash] {
    try Files.createDirectory(directory)
    let crashes = Mutex<[Crash]>([])
    let world = World()
    let journal = directory.appending("work.jsonl")
    world.observe { isBeforeActing in
      let crash = Crash(
        journal: (try? Files.readTextIfPresent(journal)) ?? "", things: world.things, isBeforeActing: isBeforeActing)
      crashes.withLock { $0.append(crash) }
    }
    do {
      _ = try await Journal(directory: directory, name: "work").run(
        world.steps("a", "b", "c", failing: failing), onFailure: .undo, report: { _ in world.look() })
    } catch {
      #expect(failing != nil)
    }
    return crashes.withLock { $0 }
  }
}

extension Step {
  fileprivate var withoutUndo: Step { Step(name, check: check, perform: perform) }
}

/// What the steps of a test make, in memory.
private final class World: Sendable {
  private struct State {
    var things: Set<String>
    var acts: [String] = []
    var observer: (@Sendable (_ isBeforeActing: Bool) -> Void)?
  }
  private let state: Mutex<State>

  init(made things: Set<String> = []) { state = Mutex(State(things: things)) }

  var things: Set<String> { state.withLock { $0.things } }
  var acts: [String] { state.withLock { $0.acts } }
  func act(_ act: String) { state.withLock { $0.acts.append(act) } }
  func observe(_ observer: @escaping @Sendable (Bool) -> Void) { state.withLock { $0.observer = observer } }
  func look(isBeforeActing: Bool = false) { state.withLock { $0.observer }?(isBeforeActing) }

  /// Steps that make the thing they are named after, in two halves; `failing` fails between them, and what `stuck`
  /// made cannot be taken back.
  func steps(_ names: String..., failing: String? = nil, stuck: String? = nil) -> [Step] {
    names.map { name in
      Step(
        name,
        check: { self.things.contains(name) ? "there" : nil },
        perform: {
          self.look(isBeforeActing: true)
          self.act("perform \(name)")
          self.state.withLock { _ = $0.things.insert("half \(name)") }
          self.look()
          if name == failing { throw Problem("step-failed", .failed, "no \(name)") }
          self.state.withLock {
            $0.things.remove("half \(name)")
            $0.things.insert(name)
          }
          self.look()
          return "made"
        },
        undo: {
          self.look()
          if name == stuck { throw Problem("stuck", .failed, "stuck") }
          self.act("undo \(name)")
          self.state.withLock {
            $0.things.remove("half \(name)")
            $0.things.remove(name)
          }
          self.look()
        })
    }
  }
}

/// What a journal reported, as short lines.
private final class Events: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }

  @Sendable func record(_ event: Journal.Event) {
    let line =
      switch event {
      case .began(let name): "began \(name)"
      case .finished(let name, _, let changed, _): "\(changed ? "made" : "found") \(name)"
      case .failed(let name): "failed \(name)"
      case .undone(let name): "undone \(name)"
      case .undoFailed(let name, let problem): "not undone \(name): \(problem.message)"
      }
    lines.withLock { $0.append(line) }
  }
}
