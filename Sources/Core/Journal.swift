import FoundationEssentials
import Glibc
package import SystemPackage

/// One step of multi-step work. Each part is idempotent, because a run may have been killed inside it.
package struct Step: Sendable {
  /// What people see and the journal records; unique within its work.
  package let name: String
  /// Whether the step's result is already there. `nil`: not yet; else what is there, for people.
  package let check: @Sendable () async throws -> String?
  /// Brings the result about, verifies it, and says what it is, for people.
  package let perform: @Sendable () async throws -> String
  /// Takes back what `perform` made, whole or in part; nil where there is nothing to take back. A step that an earlier
  /// run owes an undo (`Journal.owedUndos`) has one, though what it makes is there already.
  package let undo: (@Sendable () async throws -> Void)?

  package init(
    _ name: String,
    check: @escaping @Sendable () async throws -> String?,
    perform: @escaping @Sendable () async throws -> String,
    undo: (@Sendable () async throws -> Void)? = nil
  ) {
    self.name = name
    self.check = check
    self.perform = perform
    self.undo = undo
  }
}

/// Runs the steps of one piece of work and writes each transition durably, so that a later run knows what an earlier
/// one, killed at any moment, had begun.
package struct Journal: Sendable {
  package enum Event: Sendable {
    case began(String)
    /// `changed` is false where the result was there already.
    case finished(String, detail: String, changed: Bool, duration: Duration)
    case failed(String)
    case undone(String)
    case undoFailed(String, Problem)
  }

  package enum OnFailure: Sendable {
    /// Keep what was done; the next run goes on from there.
    case keep
    /// Take back everything that this work began, last step first.
    case undo
  }

  private let file: FilePath

  /// - Parameter name: what is worked on; the same work always has the same name.
  package init(directory: FilePath, name: String) {
    file = directory.appending("\(name).jsonl")
  }

  /// The steps that an earlier run began and neither completed nor took back: empty unless that run was cut off.
  package func unfinished() throws(Problem) -> [String] { try begun().map(\.step) }

  /// Those of the unfinished steps that had an undo when they began: what they make was not there before, so that it is
  /// taken back where the work fails, also by another run.
  package func owedUndos() throws(Problem) -> Set<String> {
    Set(try begun().filter { $0.hasUndo == true }.map(\.step))
  }

  /// One entry for each step that is begun and not undone.
  private func begun() throws(Problem) -> [Entry] {
    var begun: [Entry] = []
    for line in (try Files.readTextIfPresent(file) ?? "").split(separator: "\n") {
      // The last line may be torn by a power cut; what it would have said is then unknown, and the step is begun anew.
      guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line.utf8)) else { continue }
      switch entry.event {
      case .began:
        if let index = begun.firstIndex(where: { $0.step == entry.step }) {
          if entry.hasUndo == true { begun[index] = entry }
        } else {
          begun.append(entry)
        }
      case .undone: begun.removeAll { $0.step == entry.step }
      }
    }
    return begun
  }

  /// Performs what is not done yet, in order.
  ///
  /// - Returns: whether anything was changed.
  /// - Throws: what a step threw, after `onFailure` was carried out; if taking back failed as well, a `Problem` that
  ///   names what is left behind; `interrupted`, saying what became of the work, where the task was cancelled.
  package func run(
    _ steps: [Step], onFailure: OnFailure, report: @Sendable (Event) -> Void = { _ in }
  ) async throws -> Bool {
    try await Interruption.shielded { try await runToSafePoint(steps, onFailure: onFailure, report: report) }
  }

  private func runToSafePoint(
    _ steps: [Step], onFailure: OnFailure, report: @Sendable (Event) -> Void
  ) async throws -> Bool {
    var begun = try unfinished()
    let owed = try owedUndos()
    var changed = false
    do {
      for step in steps {
        try Task.checkCancellation()
        let start = ContinuousClock.now
        report(.began(step.name))
        do {
          if let detail = try await step.check() {
            report(.finished(step.name, detail: detail, changed: false, duration: .now - start))
            continue
          }
          try append(Entry(step: step.name, event: .began, hasUndo: step.undo != nil))
          if !begun.contains(step.name) { begun.append(step.name) }
          let detail = try await step.perform()
          changed = true
          report(.finished(step.name, detail: detail, changed: true, duration: .now - start))
        } catch {
          report(.failed(step.name))
          throw error
        }
      }
    } catch {
      if onFailure == .undo { try await undo(begun, owed, of: steps, because: error, report: report) }
      guard Task.isCancelled || error is CancellationError else { throw error }
      throw interruption(error, begun.isEmpty ? nil : onFailure)
    }
    try forget()
    return changed
  }

  /// Says what became of interrupted work.
  /// - Parameter outcome: what was done about it; nil where nothing had begun.
  private func interruption(_ error: any Error, _ outcome: OnFailure?) -> Problem {
    var problem = Problem.interrupted
    switch outcome {
    case nil: problem.message += "; nothing was changed"
    case .undo: problem.message += "; what was begun is taken back"
    case .keep:
      problem.message += "; what was done stays"
      problem.hints.append("run the command again: it goes on from there")
    }
    if !(error is CancellationError) { problem.cause = Problem(error).message }
    return problem
  }

  /// Takes back the named steps, last first, whatever happens on the way: an interruption must not stop it.
  /// - Parameter owed: the steps for which it is not enough that they have no undo.
  private func undo(
    _ names: [String], _ owed: Set<String>, of steps: [Step], because error: any Error,
    report: @Sendable (Event) -> Void
  ) async throws {
    var left = names.filter { name in
      guard let step = steps.first(where: { $0.name == name }) else { return true }
      return step.undo == nil && owed.contains(name)
    }
    for step in steps.reversed() where names.contains(step.name) && !left.contains(step.name) {
      do {
        // A task of its own, since this one may be cancelled.
        if let undo = step.undo { try await Task { try await undo() }.value }
        try append(Entry(step: step.name, event: .undone, hasUndo: nil))
        report(.undone(step.name))
      } catch {
        left.append(step.name)
        report(.undoFailed(step.name, Problem(error)))
      }
    }
    guard left.isEmpty else {
      var problem = Problem(error)
      problem.hints.append("what could not be taken back: \(left.joined(separator: ", ")); run the command again")
      throw problem
    }
    try forget()
  }

  /// Drops what an earlier run had begun, for work that is over. The removal is made durable: a journal that came back
  /// after a power cut would make a later failure take back finished work.
  package func forget() throws(Problem) {
    guard Files.exists(file) else { return }
    try Files.remove(file)
    try Files.synchronize(directory: file.removingLastComponent())
  }

  private struct Entry: Codable {
    enum Event: String, Codable { case began, undone }
    let step: String
    let event: Event
    /// Of a step that begins.
    let hasUndo: Bool?
  }

  private func append(_ entry: Entry) throws(Problem) {
    do {
      let isNew = !Files.exists(file)
      let descriptor = try FileDescriptor.open(
        file, .writeOnly, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite])
      defer { try? descriptor.close() }
      // The line end comes first as well: the last line may be torn, and must not swallow this one.
      let lineEnd = [UInt8(ascii: "\n")]
      try descriptor.writeAll((isNew ? [] : lineEnd) + (try JSONEncoder().encode(entry)) + lineEnd)
      if fsync(descriptor.rawValue) != 0 { throw Errno(rawValue: errno) }
      if isNew { try Files.synchronize(directory: file.removingLastComponent()) }
    } catch {
      throw Problem(error as? Errno ?? .ioError, "write the journal", file)
    }
  }
}
