import Configuration
package import Core
package import Redis
package import RedisNamespaces

extension DataLayer {
  /// What `instance` has of Redis alone, without asking the disk or another server.
  /// - Throws: `Problem` `nothing-given` (no input) when it has no namespace.
  package func redisBinding(of instance: AppInstance) async throws -> AppBinding {
    let redis = try await redisBindings(of: instance)
    guard !redis.isEmpty else { throw noNamespace(instance) }
    return AppBinding(instance: instance, storage: nil, postgres: nil, redis: redis, installation: installation)
  }

  /// By the namespace's name in the manifest.
  func redisBindings(of instance: AppInstance) async throws -> [String: RedisBinding] {
    let accounts = try secrets.secrets(of: instance).redis
    if accounts.isEmpty { return [:] }
    let namespaces = try namespaces()
    let settings = installation.redis
    let address = settings.proxy ?? settings.addresses[0]
    var bindings: [String: RedisBinding] = [:]
    for (name, account) in accounts {
      let id = NamespaceID(instance, try NamespaceName(name))
      guard let record = try await namespaces.find(id), record.password != nil else {
        throw RedisNamespaceService.missing(id)
      }
      bindings[name] = RedisBinding(
        record, password: account.password.secret, endpoint: RedisEndpoint(host: address.host, port: address.port),
        isProxied: settings.proxy != nil)
    }
    return bindings
  }

  /// The namespaces of `instance`, also deleted ones whose keys are kept.
  /// - Throws: `Problem` `nothing-given` (no input) when there is none.
  package func namespaces(of instance: AppInstance) async throws -> [NamespaceDescription] {
    let service = try namespaces()
    let records = try await service.list(of: instance)
    guard !records.isEmpty else { throw noNamespace(instance) }
    return try await service.describe(records)
  }

  /// Gives the namespace a new password and keeps it, also where the old one is not on record any more.
  /// - Throws: `Problem` `no-such-namespace` (no input); `locked` (busy).
  package func rotateNamespacePassword(
    of id: NamespaceID, dryRun: Bool
  ) async throws -> RedisNamespaceService.Change {
    let lock = try await AppProvisioner.lock(id.instance, baseDirectory: baseDirectory)
    defer { extendLifetime(lock) }
    let service = try namespaces()
    let record = try await service.get(id)
    guard record.password != nil else { throw RedisNamespaceService.missing(id) }
    if dryRun { return RedisNamespaceService.Change(record: record, hasChanged: false, warnings: []) }
    let password = Secret.random()
    // On record first: a run cut off in between is mended by the next one, and no password is ever unknown.
    return try await Interruption.undivided {
      try self.keep(AppSecrets.RedisAccount(password: password), for: id)
      return try await service.rotate(id, password: password)
    }
  }

  /// Takes the namespace from its app, with its keys or without.
  /// - Parameter progress: gets the number of keys removed so far.
  /// - Throws: `Problem` `locked` (busy).
  package func deleteNamespace(
    _ id: NamespaceID, purging: Bool, progress: @Sendable (Int) -> Void = { _ in }
  ) async throws -> RedisNamespaceService.Change {
    let lock = try await AppProvisioner.lock(id.instance, baseDirectory: baseDirectory)
    defer { extendLifetime(lock) }
    let service = try namespaces()
    // The password goes as soon as it opens nothing any more, even where the keys cannot be removed now.
    let forgetPassword: @Sendable () async throws -> Void = { try self.keep(nil, for: id) }
    return try await purging
      ? service.purge(id, whenClosed: forgetPassword, progress: progress)
      : service.delete(id, whenClosed: forgetPassword)
  }

  /// Replaces or removes the password that is kept for an app's namespace.
  private nonisolated func keep(_ account: AppSecrets.RedisAccount?, for id: NamespaceID) throws(Problem) {
    var kept = try secrets.secrets(of: id.instance)
    if kept.redis[id.name.name] == account { return }
    kept.redis[id.name.name] = account
    try secrets.save(kept, of: id.instance)
  }

  private nonisolated func noNamespace(_ instance: AppInstance) -> Problem {
    Problem(
      "nothing-given", .noInput, "\(instance) has no Redis namespace",
      hint: "olares-cli redis ns create --app \(instance.app) --owner \(instance.owner) --name db0")
  }
}
