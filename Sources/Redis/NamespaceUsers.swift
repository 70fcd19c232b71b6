import Core
import RedisNamespaces

/// The ACL users of namespaces on the nodes. Redis does not replicate users, so each node is told by itself.
struct NamespaceUsers: Sendable {
  let cluster: RedisCluster

  /// Refuses a name that a user has who is not a namespace's.
  func refuseForeign(_ id: NamespaceID) async throws {
    _ = try await cluster.onEveryNode { connection, _ in
      guard let words = try await Self.words(describing: id.realName, on: connection) else { return }
      guard NamespaceUser.isNamespaceUser(id.realName, describedBy: words) else {
        throw Problem(
          "foreign-redis-user", .notPermitted,
          "the Redis at \(connection.endpoint) has a user \(id.realName) that olares-cli did not make",
          hint: "look at it: redis-cli ACL GETUSER \(id.realName)", "then choose another namespace, or remove that user"
        )
      }
    }
  }

  /// Gives the user exactly the rules of its namespace, on every node.
  /// - Parameter disconnecting: ends the connections that were made with an earlier password.
  func set(_ user: NamespaceUser, disconnecting: Bool) async throws -> Outcome {
    try await onEveryNode { connection in
      if let words = try await Self.words(describing: user.name, on: connection), user.isDescribed(by: words) {
        return Outcome()
      }
      try await connection.command(["ACL", "SETUSER", user.name] + user.rules)
      if disconnecting { try await connection.command(["CLIENT", "KILL", "USER", user.name]) }
      return try await Self.save(connection)
    }
  }

  /// Removes the user from every node, which ends its connections.
  func remove(_ id: NamespaceID) async throws -> Outcome {
    try await onEveryNode { connection in
      guard let words = try await Self.words(describing: id.realName, on: connection),
        NamespaceUser.isNamespaceUser(id.realName, describedBy: words)
      else { return Outcome() }
      try await connection.command(["ACL", "DELUSER", id.realName])
      return try await Self.save(connection)
    }
  }

  /// Makes the users of every node those of `records`: adds what lacks, corrects what differs, removes what is left over.
  func reconcile(_ records: [NamespaceRecord]) async throws -> Outcome {
    let users = Dictionary(
      records.compactMap(NamespaceUser.init).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return try await onEveryNode { connection in
      var present: [String: Set<String>] = [:]
      for line in try await connection.command(["ACL", "LIST"]).texts ?? [] {
        let words = line.split(separator: " ").map(String.init)
        if words.count > 2 { present[words[1]] = Set(words.dropFirst(2)) }
      }
      var outcome = Outcome()
      var commands: [[String]] = []
      for (name, user) in users.sorted(by: { $0.key < $1.key }) {
        if let words = present[name] {
          if user.isDescribed(by: words) { continue }
          guard NamespaceUser.isNamespaceUser(name, describedBy: words) else {
            outcome.foreign.append(name)
            continue
          }
        }
        commands.append(["ACL", "SETUSER", name] + user.rules)
      }
      let leftOver = present.filter {
        users[$0.key] == nil && NamespaceUser.isNamespaceUser($0.key, describedBy: $0.value)
      }
      if !leftOver.isEmpty { commands.append(["ACL", "DELUSER"] + leftOver.keys.sorted()) }
      guard !commands.isEmpty else { return outcome }
      for case .error(let error) in try await connection.pipeline(commands) {
        throw Problem(error, to: "ACL SETUSER", at: connection.endpoint)
      }
      outcome.add(try await Self.save(connection))
      return outcome
    }
  }

  private static func words(describing user: String, on connection: RedisConnection) async throws -> Set<String>? {
    guard let fields = try await connection.command(["ACL", "GETUSER", user]).array else { return nil }
    var words: Set<String> = []
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      let value = fields[index + 1]
      switch fields[index].text {
      case "flags": words.formUnion(value.texts ?? [])
      case "passwords": words.formUnion((value.texts ?? []).map { "#\($0)" })
      case "commands", "keys", "channels":
        words.formUnion((value.text ?? "").split(separator: " ").map(String.init))
      case "selectors": if value.array?.isEmpty == false { words.insert("(") }
      default: break
      }
    }
    return words
  }

  /// Makes the present users survive a restart of the node. A server without an ACL file cannot; its users come back with
  /// the next `reconcile`.
  private static func save(_ connection: RedisConnection) async throws -> Outcome {
    guard case .error(let error) = try await connection.attempt(["ACL", "SAVE"]) else {
      return Outcome(hasChanged: true)
    }
    guard error.message.contains("not configured to use an ACL file") else {
      throw Problem(error, to: "ACL SAVE", at: connection.endpoint)
    }
    return Outcome(hasChanged: true, unsaved: [connection.endpoint])
  }

  private func onEveryNode(_ body: @Sendable (RedisConnection) async throws -> Outcome) async throws -> Outcome {
    let (results, missed) = try await cluster.onEveryNode { connection, _ in try await body(connection) }
    var outcome = Outcome(missed: missed.map(\.endpoint))
    for result in results { outcome.add(result) }
    return outcome
  }

  /// What happened on the nodes.
  struct Outcome: Sendable {
    var hasChanged = false
    /// Could not be reached: they have what they had.
    var missed: [RedisEndpoint] = []
    /// Forget their users when they are restarted.
    var unsaved: [RedisEndpoint] = []
    /// Users of these names are not a namespace's and were left alone.
    var foreign: [String] = []

    mutating func add(_ other: Outcome) {
      hasChanged = hasChanged || other.hasChanged
      missed += other.missed
      unsaved += other.unsaved
      foreign += other.foreign.filter { !foreign.contains($0) }
    }

    var warnings: [String] {
      missed.map {
        "the Redis node \($0) cannot be reached; it gets its users when it is back: olares-cli redis reconcile"
      }
        + unsaved.map { "the Redis node \($0) has no aclfile: it forgets its users when it is restarted" }
        + foreign.map { "the Redis user \($0) was not made by olares-cli and was left alone" }
    }
  }
}
