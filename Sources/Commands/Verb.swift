import ArgumentParser
import Core
import Logging

/// A leaf command: it parses its options, calls a part, and renders what comes back.
protocol Verb: AsyncParsableCommand, Sendable {
  var global: GlobalOptions { get }
  func run(in context: Context) async throws
}

extension Verb {
  mutating func run() async throws {
    let context = try global.context(environment: Environment.current)
    let status = await Self.status(of: self, in: context)
    if status != .done { throw VerbEnded(status: status) }
  }

  /// Runs the verb, reports what went wrong, and says which status the process ends with.
  static func status(of verb: Self, in context: Context) async -> ExitStatus {
    do {
      try await verb.run(in: context)
      guard let failure = context.console.outputFailure else { return .done }
      throw failure
    } catch let ended as VerbEnded {
      return ended.status
    } catch {
      let problem = Problem(error)
      context.log.error(
        "\(problem.message)",
        metadata: ["verb": "\(_commandName)", "code": "\(problem.code)", "cause": "\(problem.cause ?? "")"])
      context.console.show(problem)
      return problem.exitStatus
    }
  }
}

/// Thrown by a verb that has said everything itself and ends with a status of its own.
struct VerbEnded: Error {
  let status: ExitStatus
}
