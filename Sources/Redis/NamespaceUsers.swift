import Core
import RedisNamespaces

/// What was done, or is to be done, about one user of one node.
package struct UserChange: Sendable, Hashable {
  package enum Kind: String, Sendable { case added, corrected, removed }

  package let node: RedisEndpoint
  package let user: String
  package let kind: Kind
}

/// The ACL users of namespaces on the nodes. Redis does not replicate users, so each node is told by itself.
struct NamespaceUsers: Sendable {
  let cluster: RedisCluster
  let proxyKey: ProxyKey?

  /// As it should be; nil for a deleted namespace.
  func user(of record: NamespaceRecord) -> NamespaceUser? { NamespaceUser(record, proxyKey: proxyKey) }

  /// Refuses a name that a user has who is not a namespace's.
  func refuseForeign(_ id: NamespaceID) async throws {
    _ = try await cluster.onEveryNode { connection, _ in
      guard try await Self.descriptions(of: [id.realName], on: connection)[0].isForeign else { return }
      throw Problem(
        "foreign-redis-user", .notPermitted,
        "the Redis at \(connection.endpoint) has a user \(id.realName) that olares-cli did not make",
        hint: "look at it: redis-cli ACL GETUSER \(id.realName)", "then choose another namespace, or remove that user")
    }
  }

  /// Gives the users exactly the rules of their namespaces, on every node, and ends connections that were made with
  /// another password.
  func set(_ users: [NamespaceUser]) async throws -> Outcome {
    try await onEveryNode { connection in try await Self.set(users, on: connection) }
  }

  private static func set(_ users: [NamespaceUser], on connection: RedisConnection) async throws -> Outcome {
    let survey = try await survey(users, on: connection)
    var outcome = survey.outcome(at: connection.endpoint)
    guard outcome.hasChanged else { return outcome }
    let changes = survey.different.map { ["ACL", "SETUSER", $0.user.name] + $0.user.rules }
    for case .error(let error) in try await connection.pipeline(changes) {
      throw Problem(error, to: "ACL SETUSER", at: connection.endpoint)
    }
    let rotated = survey.different.filter { !$0.present.passwords.isSubset(of: $0.user.passwordHashes) }
    _ = try await connection.pipeline(rotated.map { ["CLIENT", "KILL", "USER", $0.user.name] })
    outcome.unsaved = try await save(connection)
    return outcome
  }

  /// Gives the server of `connection`, which need not be a member of the cluster, the users of `records`.
  func equip(_ connection: RedisConnection, for records: [NamespaceRecord], dryRun: Bool) async throws -> Outcome {
    let users = records.compactMap(user)
    if dryRun { return try await Self.survey(users, on: connection).outcome(at: connection.endpoint) }
    var outcome = try await Self.set(users, on: connection)
    // Also where there is none yet: by its file `prepare` tells a node that was made from one that was not finished.
    if !outcome.hasChanged { outcome.unsaved = try await Self.save(connection) }
    return outcome
  }

  /// The namespaces as the users of the nodes tell of them: all that have a password, whether the registry is there or not.
  func records() async throws -> [NamespaceRecord] {
    let (found, _) = try await cluster.onEveryNode { connection, _ in
      let names = try await connection.command(["ACL", "USERS"]).texts ?? []
      let own = names.filter { NamespaceID(realName: $0) != nil }
      return try await Self.descriptions(of: own, on: connection).filter { $0.exists && !$0.isForeign }
    }
    var records: [NamespaceID: NamespaceRecord] = [:]
    for user in found.joined() {
      guard let record = record(of: user) else { continue }
      // A node that was away may have an old one.
      if records[record.id].map({ $0.generation < record.generation }) ?? true { records[record.id] = record }
    }
    return records.values.sorted { $0.id < $1.id }
  }

  /// The first of its patterns is `~<real name>.<generation>{<tag>}:*`, or without `{<tag>}`.
  private func record(of user: Description) -> NamespaceRecord? {
    guard let id = NamespaceID(realName: user.name), let pattern = user.keyPatterns.first,
      pattern.hasPrefix("~\(id.realName).")
    else { return nil }
    let rest = pattern.dropFirst(id.realName.utf8.count + 2)
    guard let generation = Int(rest.prefix { $0.isNumber }) else { return nil }
    var placement = Placement.spread
    if let open = rest.firstIndex(of: "{"), let close = rest.firstIndex(of: "}"), open < close {
      guard let tag = HashTag(String(rest[rest.index(after: open)..<close])) else { return nil }
      placement = .oneSlot(tag)
    }
    let proxy = proxyKey.map { PasswordHash(of: $0.password(of: id)).hexadecimal }
    guard let hash = user.passwords.first(where: { $0 != proxy }).flatMap(PasswordHash.init(hexadecimal:)) else {
      return nil
    }
    return NamespaceRecord(id: id, placement: placement, generation: generation, password: hash)
  }

  /// Removes the user from every node, which ends its connections.
  func remove(_ id: NamespaceID) async throws -> Outcome {
    try await onEveryNode { connection in try await Self.remove([id.realName], on: connection) }
  }

  private static func remove(_ names: [String], on connection: RedisConnection) async throws -> Outcome {
    var outcome = try await foreseeRemoval(of: names, on: connection)
    guard !outcome.changes.isEmpty else { return outcome }
    try await connection.command(["ACL", "DELUSER"] + outcome.changes.map(\.user))
    outcome.unsaved = try await save(connection)
    return outcome
  }

  /// Users as they should be, and how they are on a node.
  private struct Survey {
    var different: [(user: NamespaceUser, present: Description)] = []
    var foreign: [String] = []

    func outcome(at node: RedisEndpoint) -> Outcome {
      Outcome(
        changes: different.map {
          UserChange(node: node, user: $0.user.name, kind: $0.present.exists ? .corrected : .added)
        },
        foreign: foreign)
    }
  }

  private static func survey(_ users: [NamespaceUser], on connection: RedisConnection) async throws -> Survey {
    let present = try await descriptions(of: users.map(\.name), on: connection)
    var survey = Survey(foreign: present.filter(\.isForeign).map(\.name))
    var model: Description?
    for (user, present) in zip(users, present) where !present.isForeign {
      if present.exists, model == nil { model = try await Self.model(user, on: connection) }
      if present != model?.description(of: user) { survey.different.append((user, present)) }
    }
    return survey
  }

  /// The server's own description of a user as it should be, since a server describes commands in words of its own. It is
  /// of a user that nobody else ever sees, gone when its transaction ends. All namespaces' users differ only by what
  /// `description(of:)` puts in.
  private static func model(_ user: NamespaceUser, on connection: RedisConnection) async throws -> Description {
    let name = "olares-model"
    let replies = try await connection.pipeline([
      ["MULTI"], ["ACL", "SETUSER", name] + user.rules, ["ACL", "GETUSER", name], ["ACL", "DELUSER", name], ["EXEC"],
    ])
    guard let results = replies.last?.array, results.count == 3 else {
      if case .error(let error) = replies.last { throw Problem(error, to: "EXEC", at: connection.endpoint) }
      throw Problem.redisUnexpected(connection.endpoint, "EXEC")
    }
    return Description(name: name, fields: results[1])
  }

  private static func foreseeRemoval(of names: [String], on connection: RedisConnection) async throws -> Outcome {
    let present = try await descriptions(of: names, on: connection).filter { $0.exists && !$0.isForeign }
    return Outcome(
      changes: present.map { UserChange(node: connection.endpoint, user: $0.name, kind: .removed) })
  }

  /// Makes the users of every node those of `records`: adds what lacks, corrects what differs, removes what is left over.
  ///
  /// - Parameter records: reads the registry. A user is left over only if a registry read after the user was seen does not
  ///   know it: others may be creating namespaces meanwhile.
  func reconcile(_ records: @Sendable () async throws -> [NamespaceRecord], dryRun: Bool) async throws -> Outcome {
    let users = try await records().compactMap(user)
    return try await onEveryNode { connection in
      var outcome =
        try await dryRun
        ? Self.survey(users, on: connection).outcome(at: connection.endpoint) : Self.set(users, on: connection)
      let present = try await connection.command(["ACL", "USERS"]).texts ?? []
      let names = Set(try await records().compactMap(user).map(\.name))
      let leftOver = present.filter { !names.contains($0) && NamespaceID(realName: $0) != nil }
      outcome.add(
        try await dryRun ? Self.foreseeRemoval(of: leftOver, on: connection) : Self.remove(leftOver, on: connection))
      // Also where nothing differs: an earlier run may have failed to.
      if !dryRun, !outcome.hasChanged { outcome.unsaved = try await Self.save(connection) }
      return outcome
    }
  }

  /// A user as one node knows it.
  private struct Description: Equatable {
    let name: String
    let fields: RedisReply

    var exists: Bool { fields != .null }
    var isForeign: Bool {
      exists && !(NamespaceUser.isNamespaceUser(name, keys: self["keys"]?.text ?? "") && hasNoSelectors)
    }

    var keyPatterns: [Substring] { (self["keys"]?.text ?? "").split(separator: " ") }

    /// Their hashes.
    var passwords: Set<String> { Set(self["passwords"]?.texts ?? []) }

    /// The same with the passwords and patterns of another user.
    func description(of user: NamespaceUser) -> Description {
      guard var fields = fields.array else { return self }
      func text(_ rules: [String]) -> RedisReply { .bytes(Array(rules.joined(separator: " ").utf8)) }
      for index in stride(from: 0, to: fields.count - 1, by: 2) {
        switch fields[index].text {
        case "passwords": fields[index + 1] = .array(user.passwordHashes.map { .bytes(Array($0.utf8)) })
        case "keys": fields[index + 1] = text(user.keyPatterns)
        case "channels": fields[index + 1] = text(user.channelPatterns)
        default: break
        }
      }
      return Description(name: user.name, fields: .array(fields))
    }

    private var hasNoSelectors: Bool { self["selectors"]?.array?.isEmpty ?? true }

    subscript(_ field: String) -> RedisReply? {
      guard let fields = fields.array, let index = fields.firstIndex(where: { $0.text == field }) else { return nil }
      return fields.indices.contains(index + 1) ? fields[index + 1] : nil
    }
  }

  private static func descriptions(of users: [String], on connection: RedisConnection) async throws -> [Description] {
    let replies = try await connection.pipeline(users.map { ["ACL", "GETUSER", $0] })
    for case .error(let error) in replies { throw Problem(error, to: "ACL GETUSER", at: connection.endpoint) }
    return zip(users, replies).map(Description.init)
  }

  /// Makes the present users survive a restart of the node. A server without an ACL file cannot, nor one whose disk is
  /// full, nor an account without that permission; the users come back with the next `reconcile`.
  /// - Returns: the node, if it cannot.
  private static func save(_ connection: RedisConnection) async throws -> [Unsaved] {
    guard case .error(let error) = try await connection.attempt(["ACL", "SAVE"]) else { return [] }
    // The rest of what it says is advice for others.
    let sentence = error.message.prefix { $0 != "." && !$0.isNewline }
    return [Unsaved(node: connection.endpoint, reason: Secret.masking(String(sentence).shortened(to: 120)))]
  }

  /// A node that forgets its users when it is restarted.
  struct Unsaved: Sendable, Hashable {
    let node: RedisEndpoint
    let reason: String
  }

  private func onEveryNode(_ body: @Sendable (RedisConnection) async throws -> Outcome) async throws -> Outcome {
    let (results, missed) = try await cluster.onEveryNode { connection, _ in try await body(connection) }
    var outcome = Outcome(missed: missed.map(\.endpoint))
    for result in results { outcome.add(result) }
    return outcome
  }

  /// What happened on the nodes.
  struct Outcome: Sendable {
    var changes: [UserChange] = []
    /// Could not be reached: they have what they had.
    var missed: [RedisEndpoint] = []
    var unsaved: [Unsaved] = []
    /// Users of these names are not a namespace's and were left alone.
    var foreign: [String] = []

    var hasChanged: Bool { !changes.isEmpty }

    mutating func add(_ other: Outcome) {
      changes += other.changes
      missed += other.missed
      unsaved += other.unsaved.filter { !unsaved.contains($0) }
      foreign += other.foreign.filter { !foreign.contains($0) }
    }

    var warnings: [String] {
      missed.map {
        "the Redis node \($0) cannot be reached; it gets its users when it is back: olares-cli redis reconcile"
      }
        + unsaved.map {
          "the Redis node \($0.node) forgets its users when it is restarted, until olares-cli redis reconcile: "
            + "\($0.reason)"
        }
        + foreign.map { "the Redis user \($0) was not made by olares-cli and was left alone" }
    }
  }
}
