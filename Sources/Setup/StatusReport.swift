import Core
package import FoundationEssentials

/// How the prepared machine is.
package struct StatusReport: Sendable, Encodable {
  package let host: String
  package let baseDirectory: String
  package let prepared: Date
  /// `fs` or `jfs`, as charts know it.
  package let fileSystem: String
  package let components: [Component]

  /// Whether everything serves.
  package var isHealthy: Bool { components.allSatisfy { $0.state == .ok || $0.state == .attention } }
  /// What needs somebody to act.
  package var findings: Int { components.reduce(0) { $0 + $1.findings.count } }

  package struct Component: Sendable, Encodable {
    package enum State: String, Sendable, Encodable {
      case ok
      /// Serves, but something needs attention.
      case attention
      /// Runs, and will serve soon.
      case starting
      case down
    }

    package let name: String
    /// A directory, or `host:port`.
    package let address: String
    /// Whether it is somebody else's server, which we only use.
    package var isAttached = false
    package var version: String?
    package var upSeconds: Int64?
    package var bytes: Int?
    /// What there is of what, in one line for people.
    package var summary = ""
    /// The same for programs.
    package var counts: [String: Int] = [:]
    package var findings: [Finding] = []
    package var state: State

    private enum CodingKeys: String, CodingKey {
      case name, address, isAttached = "attached", version, upSeconds, bytes, counts, findings, state
    }
  }

  /// What is wrong, and what to do about it.
  package struct Finding: Sendable, Encodable {
    package let message: String
    package let hints: [String]

    init(_ message: String, hint: String) {
      self.message = message
      hints = [hint]
    }

    init(_ problem: Problem) {
      // What servers add on further lines is advice of their own.
      let cause = problem.cause?.split(whereSeparator: \.isNewline).first
      message = Secret.masking(problem.message + (cause.map { ": \($0)" } ?? ""))
      hints = problem.hints
    }
  }

  private enum CodingKeys: String, CodingKey {
    case host, baseDirectory, prepared, fileSystem, components, healthy
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(host, forKey: .host)
    try container.encode(baseDirectory, forKey: .baseDirectory)
    try container.encode(prepared, forKey: .prepared)
    try container.encode(fileSystem, forKey: .fileSystem)
    try container.encode(components, forKey: .components)
    try container.encode(isHealthy, forKey: .healthy)
  }
}
