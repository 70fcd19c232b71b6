import Core
import SystemPackage

/// redis-cli's cluster manager (redis.io, "Scale with Redis Cluster"), which moves slots with their keys while others use
/// them.
package struct ClusterManager: Sendable {
  private let credentials: RedisCredentials?

  package init(credentials: RedisCredentials?) { self.credentials = credentials }

  /// Makes an empty server a member: a master without slots, or a replica. Function libraries go with it.
  /// - Parameter member: any node that is reachable.
  package func addNode(
    _ newcomer: RedisEndpoint, to member: RedisEndpoint, replicaOf master: String? = nil
  ) async throws {
    let role = master.map { ["--cluster-slave", "--cluster-master-id", $0] } ?? []
    try await run(["add-node", Self.address(newcomer), Self.address(member)] + role)
  }

  /// Moves slots one after the other; where it ends half-way, one slot is left open.
  package func moveSlots(_ count: Int, from source: String, to target: String, of member: RedisEndpoint) async throws {
    try await run([
      "reshard", Self.address(member), "--cluster-from", source, "--cluster-to", target, "--cluster-slots", "\(count)",
      "--cluster-yes",
    ])
  }

  /// Finishes the moves that a cut-off run has left open, or takes them back.
  package func closeSlots(of member: RedisEndpoint) async throws {
    try await run(["fix", Self.address(member), "--cluster-yes"])
  }

  /// Waits for the end of one that a killed run has left at work on one of `endpoints`: two would hinder each other.
  package static func awaitEnd(on endpoints: [RedisEndpoint]) async throws {
    let addresses = Set(endpoints.map(address))
    while try Files.names(in: "/proc").contains(where: { name in
      guard Int32(name) != nil,
        let text = try? Files.readTextIfPresent(FilePath("/proc").appending(name).appending("cmdline"))
      else { return false }
      let words = text.split(separator: "\0").map(String.init)
      return words.first == program && words.contains("--cluster") && !addresses.isDisjoint(with: words)
    }) {
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  private static let program = "redis-cli"

  /// - Throws: `Problem` `cluster-manager-failed`, `no-redis-cli` (unavailable).
  private func run(_ arguments: [String]) async throws {
    // Every user can read argv, so the password is in the environment.
    let user = credentials?.username.map { ["--user", $0] } ?? []
    let environment = credentials.map { ["REDISCLI_AUTH": $0.password.reveal()] } ?? [:]
    let result: ChildProcess.Result
    do {
      result = try await ChildProcess(Self.program, user + ["--cluster"] + arguments, environment: environment).run()
    } catch let problem as Problem where problem.code == "cannot-run" {
      throw Problem(
        "no-redis-cli", .unavailable, "redis-cli is not installed; its cluster manager moves slots",
        hint: "apt-get install redis-tools", cause: problem.cause)
    }
    guard result.succeeded else {
      throw Problem(
        "cluster-manager-failed", .unavailable, "redis-cli --cluster \(arguments.first ?? "") failed",
        hint: "see what is wrong: olares-cli redis cluster status", "then run the command again: it goes on from there",
        cause: Secret.masking(Self.complaint(in: result.standardOutput + result.standardError)), isTransient: true)
    }
  }

  private static func address(_ endpoint: RedisEndpoint) -> String { "\(endpoint.host):\(endpoint.port)" }

  /// What it complains of, without its colours; else the last it said.
  static func complaint(in output: String) -> String {
    var text = ""
    var isEscape = false
    for character in output {
      if character == "\u{1b}" { isEscape = true }
      if !isEscape { text.append(character) }
      if isEscape, character == "m" { isEscape = false }
    }
    let lines = text.split(separator: "\n").map { $0.trimmed }.filter { !$0.isEmpty }
    let complaints = lines.filter { line in
      ["[ERR]", "***", "ERR", "Could not", "Node "].contains { line.hasPrefix($0) }
    }
    return (complaints.isEmpty ? lines.suffix(2) : complaints.prefix(4)).map { $0.shortened(to: 200) }
      .joined(separator: "\n")
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop(while: { $0 == " " }).reversed().drop(while: { $0 == " " }).reversed())
  }
}
