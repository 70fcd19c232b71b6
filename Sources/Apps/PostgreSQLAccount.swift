import Configuration
package import Core
package import PostgreSQL

extension DataLayer {
  /// What `instance` has of PostgreSQL alone, without asking the disk or another server.
  /// - Throws: `Problem` `nothing-given` (no input) when it has no database.
  package nonisolated func postgreSQLBinding(of instance: AppInstance) throws(Problem) -> AppBinding {
    guard let account = try secrets.secrets(of: instance).postgres else {
      throw Problem(
        "nothing-given", .noInput, "\(instance) has no PostgreSQL database",
        hint: "olares-cli db create postgres --app \(instance.app) --owner \(instance.owner)")
    }
    return AppBinding(
      instance: instance, storage: nil, postgres: installation.postgres.binding(of: account), redis: [:],
      installation: installation)
  }

  /// Gives the app's role a new password and keeps it, also where the old one is not on record any more.
  ///
  /// - Returns: the role.
  /// - Throws: `Problem` `no-such-role` (no input) when the app has none; `locked` (busy).
  package func rotatePostgreSQLPassword(of instance: AppInstance, dryRun: Bool) async throws -> RoleName {
    let lock = try await AppProvisioner.lock(instance, baseDirectory: baseDirectory)
    defer { extendLifetime(lock) }
    let session = try await postgreSQL()
    let role = try await roleOfPostgreSQL(for: instance)
    try await session.insistOnOpen(role, of: instance)
    if dryRun { return role }
    var kept = try secrets.secrets(of: instance)
    let password = Secret.random()
    if kept.postgres == nil {
      let databases = try await session.databases(of: instance).map {
        ($0.database.writtenName(in: instance), $0.database.name)
      }
      kept.postgres = AppSecrets.PostgreSQLAccount(
        username: role.name, password: password, databases: Dictionary(uniqueKeysWithValues: databases))
    }
    kept.postgres?.password = StoredSecret(password)
    // On record first: a run cut off in between is mended by the next one, and no password is ever unknown.
    try await Interruption.undivided { [secrets, kept] in
      try secrets.save(kept, of: instance)
      try await session.rotate(role, of: instance, to: password)
    }
    return role
  }

  /// Changes what the app's role may take of the server.
  /// - Throws: `Problem` `no-such-role` (no input) when the app has none; `locked` (busy).
  package func limitPostgreSQL(of instance: AppInstance, to limits: RoleLimits, dryRun: Bool) async throws -> Outcome {
    let lock = try await AppProvisioner.lock(instance, baseDirectory: baseDirectory)
    defer { extendLifetime(lock) }
    let session = try await postgreSQL()
    return try await session.setLimits(
      limits, of: roleOfPostgreSQL(for: instance), instance: instance, dryRun: dryRun)
  }

  private func roleOfPostgreSQL(for instance: AppInstance) async throws -> RoleName {
    guard let role = try await postgreSQL().roles(of: instance).first?.role else {
      throw Problem(
        "no-such-role", .noInput, "\(instance) has no PostgreSQL role",
        hint: "olares-cli db create postgres --app \(instance.app) --owner \(instance.owner)")
    }
    return role
  }
}
