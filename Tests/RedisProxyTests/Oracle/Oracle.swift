import Core
import TestServers

/// Plays sessions on two servers, and compares every reply.
final class Oracle {
  private let reference: OracleSide
  private let subject: OracleSide
  private let grammar: CommandGrammar
  private let password: String

  private(set) var commandCount = 0
  /// How often each command was compared.
  private(set) var counts: [String: Int] = [:]
  private(set) var errorCount = 0

  init(reference: OracleSide, subject: OracleSide, grammar: CommandGrammar, password: String) {
    self.reference = reference
    self.subject = subject
    self.grammar = grammar
    self.password = password
  }

  /// Where the two answered differently.
  struct Difference: Error {
    var session: Session
    /// Of the step in which it came.
    var stepIndex: Int
    var call: Call?
    var expected: String
    var got: String
  }

  /// Plays sessions made from `seed` and the numbers after it until `count` commands were compared.
  ///
  /// - Returns: at most `limit` differences, the first of each command, each with the shortest session found.
  func run(seed: UInt64, commands count: Int, limit: Int) throws(Problem) -> [Difference] {
    var found: [String: Difference] = [:]
    var next = seed
    while commandCount < count, found.count < limit {
      let session = SessionGenerator.session(grammar, seed: next, password: password)
      next += 1
      let played: Difference?
      do {
        played = try play(session, counting: true)
      } catch {
        // What the sessions before left behind: the seed alone does not show it again.
        let last = found.values.map(\.description).joined(separator: "\n\n")
        throw Problem("no-session", .failed, "seed \(next - 1) cannot start: \(error.message)", cause: last)
      }
      guard let difference = played else { continue }
      let name = difference.call.map { [$0.name, $0.word(1)].joined(separator: " ") } ?? "?"
      // Options and keys are not what tells differences apart.
      let kind =
        grammar.commands.contains { $0.words.count == 2 && $0.words.joined(separator: " ") == name }
        ? name : difference.call?.name ?? "?"
      if found[kind] == nil { found[kind] = try SessionShrinker(play: play).shortest(difference) }
    }
    return found.values.sorted { $0.session.seed < $1.session.seed }
  }

  func differences(in sessions: [Session]) throws(Problem) -> [Difference] {
    var found: [Difference] = []
    for session in sessions {
      if let difference = try play(session, counting: true) { found.append(difference) }
    }
    return found
  }

  private func play(_ session: Session) throws(Problem) -> Difference? { try play(session, counting: false) }

  /// - Throws: `Problem` where a session cannot even start.
  private func play(_ session: Session, counting: Bool) throws(Problem) -> Difference? {
    try reference.begin(session.protocols)
    try subject.begin(session.protocols)
    var player = SessionPlayer(reference: reference, subject: subject, connections: session.protocols.count)
    defer {
      if counting {
        commandCount += player.compared.count
        for call in player.compared { counts[call.name, default: 0] += 1 }
        errorCount += player.errorCount
      }
    }
    for (index, step) in session.steps.enumerated() {
      do {
        try player.play(step)
      } catch let mismatch {
        return Difference(
          session: session, stepIndex: index, call: mismatch.call, expected: mismatch.expected, got: mismatch.got)
      }
    }
    return nil
  }
}

extension Oracle.Difference: CustomStringConvertible {
  var description: String {
    """
    seed \(session.seed), RESP \(session.protocols), after
    \(session.steps.prefix(stepIndex + 1).map(\.description).joined(separator: "\n"))
      call:     \(call?.description ?? "-")
      expected: \(Self.part(of: expected, besides: got))
      got:      \(Self.part(of: got, besides: expected))
    """
  }

  /// Where two long texts begin to differ.
  private static func part(of text: String, besides other: String) -> String {
    let common = text.utf8.elementsEqual(other.utf8) ? 0 : zip(text.utf8, other.utf8).prefix { $0 == $1 }.count
    let start = max(0, common - 60)
    let bytes = Array(text.utf8.dropFirst(start).prefix(300))
    return (start > 0 ? "…" : "") + String(decoding: bytes, as: UTF8.self)
      + (text.utf8.count > start + 300 ? "… (\(text.utf8.count) bytes)" : "")
  }
}
