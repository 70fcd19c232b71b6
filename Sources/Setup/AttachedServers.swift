import Configuration
import Core
import PostgreSQL
import Redis
import SystemPackage

// Servers that somebody else runs. By being attached they are not changed, except that PostgreSQL's own databases are
// closed to apps.

extension Preparation {
  var attachedPostgresStep: Step {
    Step("PostgreSQL") {
      guard let password = try recorded(\.postgresAdmin, unlessDifferentFrom: options.postgresPassword) else {
        return nil
      }
      let found = try await attachPostgres(password, dryRun: true)
      return found.isChanged ? nil : found.detail
    } perform: {
      let password = try given(\.postgresAdmin, options.postgresPassword, "PostgreSQL", "postgres")
      let detail = try await attachPostgres(password, dryRun: false).detail
      try keep(password, as: \.postgresAdmin)
      return detail
    }
  }

  var attachedRedisStep: Step {
    Step("Redis Cluster") {
      guard let password = try recorded(\.redisAdmin, unlessDifferentFrom: options.redisPassword),
        try instance.secrets.serverSecrets().redisProxy != nil
      else { return nil }
      return try await describeAttachedRedis(password)
    } perform: {
      let password = try given(\.redisAdmin, options.redisPassword, "Redis", "redis")
      let detail = try await describeAttachedRedis(password)
      try keep(password, as: \.redisAdmin)
      _ = try await instance.preparedSecret(\.redisProxy, existingData: false, of: "Redis proxy")
      return detail
    }
  }

  /// Closes the server's own databases to apps, as far as the account may.
  /// - Returns: what is attached, in one line, and whether anything was, or under `dryRun` would be, closed.
  /// - Throws: `Problem` `postgres-unreachable`, `postgres-authentication-failed`, `postgres-too-old` (unavailable),
  ///   `postgres-account-too-weak` (not permitted).
  private func attachPostgres(_ password: Secret, dryRun: Bool) async throws -> (detail: String, isChanged: Bool) {
    let endpoint = instance.postgresEndpoint(password: password)
    let session = try await AdminSession.connect(to: endpoint)
    let version = try await session.serverVersion()
    guard version.major >= 15 else {
      throw Problem(
        "postgres-too-old", .unavailable, "PostgreSQL at \(endpoint) is \(version); 15 or newer is needed",
        hint: "upgrade it, or let prepare set up one of its own: leave --postgres-url out")
    }
    try await session.capabilities().insistOnProvisioning()
    let securing = try await session.secure(dryRun: dryRun)
    await session.close()
    return ("\(version), attached at \(endpoint), as \(endpoint.user)", securing.outcome != .unchanged)
  }

  /// - Throws: `Problem` as `RedisCluster.capabilities()`.
  private func describeAttachedRedis(_ password: Secret) async throws -> String {
    let found = try await instance.redisCluster(password: password).capabilities()
    let seeds = instance.redisEndpoints.map(\.description).joined(separator: " ")
    let replicas = found.replicas == 0 ? "" : ", \(found.replicas.of("replica"))"
    return "\(found.version), attached at \(seeds), \(found.masters.of("master"))\(replicas), "
      + "as \(instance.installation.redis.admin)"
  }

  /// What does not work on attached servers, or not with the accounts that were given for them; each a line for people.
  package func limitations() async throws -> [String] {
    var lines: [String] = []
    let known = try instance.secrets.serverSecrets()
    if !instance.installation.postgres.managed, let password = known.postgresAdmin?.secret {
      let session = try await AdminSession.connect(to: instance.postgresEndpoint(password: password))
      let found = try await session.capabilities().limitations + session.secure(dryRun: true).warnings
      await session.close()
      lines += found.map { "PostgreSQL: \($0)" }
    }
    if !instance.installation.redis.managed, let password = known.redisAdmin?.secret {
      lines += try await instance.redisCluster(password: password).capabilities().limitations.map { "Redis: \($0)" }
    }
    return lines
  }

  // MARK: Passwords

  private typealias Key = WritableKeyPath<SecretStore.ServerSecrets, StoredSecret?> & Sendable

  /// Nil where there is none, or another one was given.
  private func recorded(_ key: any Key, unlessDifferentFrom given: Secret?) throws(Problem) -> Secret? {
    let recorded = try instance.secrets.serverSecrets()[keyPath: key]?.secret
    return given == nil || given == recorded ? recorded : nil
  }

  /// - Throws: `Problem` `no-password` (usage).
  private func given(_ key: any Key, _ given: Secret?, _ server: String, _ name: String) throws(Problem) -> Secret {
    if let given { return given }
    if let recorded = try instance.secrets.serverSecrets()[keyPath: key]?.secret { return recorded }
    throw Problem(
      "no-password", .usage, "the password of the attached \(server) is not known",
      hint: "put it into a file: --\(name)-password-file FILE",
      "or into the environment: OLARES_\(name.uppercased())_PASSWORD")
  }

  /// Only once it was good for a login.
  private func keep(_ password: Secret, as key: any Key) throws(Problem) {
    var known = try instance.secrets.serverSecrets()
    known[keyPath: key] = StoredSecret(password)
    try instance.secrets.save(known)
  }
}
