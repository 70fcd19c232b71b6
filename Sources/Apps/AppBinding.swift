import Configuration
package import Core
package import PostgreSQL
package import Redis
package import Storage
import SystemPackage

/// Everything an app instance needs to reach what it was given.
package struct AppBinding: Sendable {
  package let instance: AppInstance
  package let storage: StorageBinding?
  package let postgres: PostgreSQLBinding?
  /// By the namespace's name in the manifest.
  package let redis: [String: RedisBinding]
  let installation: Installation
  /// Why servers could not be asked whether the app has something there whose password is lost.
  package var unasked: [Problem] = []

  package var isEmpty: Bool { storage == nil && postgres == nil && redis.isEmpty }
}

extension Installation.PostgreSQLSettings {
  /// What `account` needs to log in to this server.
  func binding(of account: AppSecrets.PostgreSQLAccount) -> PostgreSQLBinding {
    PostgreSQLBinding(
      host: host, port: port, username: account.username, password: account.password.secret,
      databases: account.databases, sslMode: sslMode.flatMap { .init(rawValue: $0) })
  }
}

extension DataLayer {
  /// What `instance` has: its grant from the disk, its accounts from the secrets, its namespaces' prefixes from Redis.
  /// - Throws: `Problem` `nothing-given` (no input) when it has nothing; `secret-lost` (not prepared) when it has an
  ///   account or a namespace whose password is not on record.
  package func binding(of instance: AppInstance) async throws -> AppBinding {
    let kept = try secrets.secrets(of: instance)
    let unasked = try await insistOnSecrets(of: instance, kept)
    let grant = try grants.find(instance)
    let postgres = kept.postgres.map(installation.postgres.binding(of:))
    let binding = AppBinding(
      instance: instance, storage: grant.map { StorageBinding($0, in: grants.layout) }, postgres: postgres,
      redis: try await redisBindings(of: instance), installation: installation,
      unasked: unasked)
    guard !binding.isEmpty else {
      throw Problem(
        "nothing-given", .noInput, "\(instance) has nothing here",
        hint: "give it what its manifest asks for: olares-cli app apply MANIFEST --owner \(instance.owner)")
    }
    return binding
  }
}
