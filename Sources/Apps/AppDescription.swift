import Configuration
package import Core
import PostgreSQL
import Redis
import RedisNamespaces
import Storage
import SystemPackage

/// Everything that one app instance has, and what was left behind under its name. It holds no password.
package struct AppDescription: Sendable, Encodable {
  package enum State: String, Sendable, Encodable {
    case applied
    /// An apply was cut off; the next one finishes it or takes it back.
    case unfinished
    /// A removal was cut off; the next one finishes it.
    case removalUnfinished = "removal unfinished"
    /// Nothing is in use, and data was kept.
    case removed
  }

  package struct StoragePart: Sendable, Encodable {
    package let since: String
    /// `mounted`, `advisory` or `none`.
    package let enforcement: String
    /// Why the grant is advisory only.
    package let advisory: String?
    package let complete: Bool
    /// The owner's directories that are granted.
    package let userData: [String]
    /// Where the app finds what, by the manifest's words.
    package let paths: [String: String]
  }

  package struct DatabasePart: Sendable, Encodable {
    /// As the manifest calls it, as far as that is known.
    package let name: String
    package let database: String
    /// Nil where the administrator's account may not look.
    package let bytes: Int?
    package let connections: Int
    /// False where a run that made it was cut off.
    package let complete: Bool
  }

  package struct PostgreSQLPart: Sendable, Encodable {
    package let role: String
    /// False where the app was removed and its data kept.
    package let open: Bool
    /// Nil for none.
    package let connectionLimit: Int?
    package let databases: [DatabasePart]
    /// False where the password is lost: olares-cli db rotate gives it a new one.
    package let passwordOnRecord: Bool
  }

  package struct NamespacePart: Sendable, Encodable {
    package let name: String
    package let namespace: String
    /// Nil where that takes long to find out.
    package let keys: Int?
    /// False where it was deleted and its keys kept.
    package let open: Bool
    /// Through the proxy; nil for none.
    package let connectionLimit: Int?
    /// Bytes, through the proxy; nil for none.
    package let memoryLimit: Int?
    package let passwordOnRecord: Bool
  }

  package let owner: String
  package let app: String
  package let state: State
  package let storage: StoragePart?
  package let postgres: [PostgreSQLPart]
  package let redis: [NamespacePart]
  /// Directories with data in them that no grant covers.
  package let leftBehind: [String]
  /// The parts that could not be asked; what they hold is missing here.
  package let failures: [Problem]

  private enum CodingKeys: String, CodingKey { case owner, app, state, storage, postgres, redis, leftBehind }

  package var isEmpty: Bool { storage == nil && postgres.isEmpty && redis.isEmpty && leftBehind.isEmpty }
}

extension DataLayer {
  /// Asks the disk and the servers what `instance` has.
  /// - Throws: `Problem` `nothing-given` (no input) when all of them answer that there is nothing.
  package func describe(_ instance: AppInstance) async throws -> AppDescription {
    var failures: [Problem] = []
    let kept = await asking(&failures, AppSecrets()) { try secrets.secrets(of: instance) }
    let storage = await asking(&failures, nil) {
      try grants.find(instance).map { AppDescription.StoragePart($0, grants) }
    }
    let own = await asking(&failures, []) { try grants.ownDirectories(of: instance) }
    let postgres = await asking(&failures, []) { try await postgreSQLParts(of: instance, kept.postgres) }
    let redis = await asking(&failures, []) { try await namespaceParts(of: instance, kept.redis) }
    let inUse = storage != nil || postgres.contains(where: \.open) || redis.contains(where: \.open)
    let state: AppDescription.State =
      if try !journal(of: .remove, instance).unfinished().isEmpty {
        .removalUnfinished
      } else if try !journal(of: .apply, instance).unfinished().isEmpty {
        .unfinished
      } else if inUse || !failures.isEmpty {
        .applied
      } else {
        .removed
      }
    let description = AppDescription(
      owner: instance.owner.name, app: instance.app.name, state: state, storage: storage, postgres: postgres,
      redis: redis, leftBehind: own.filter { !$0.isGranted }.map(\.path.string), failures: failures)
    guard !description.isEmpty || !failures.isEmpty else {
      throw Problem(
        "nothing-given", .noInput, "\(instance) has nothing here",
        hint: "give it what its manifest asks for: olares-cli app apply MANIFEST --owner \(instance.owner)")
    }
    return description
  }

  /// What `body` returns; where it fails, `fallback`, and one failure more.
  private func asking<Part>(
    _ failures: inout [Problem], _ fallback: Part, _ body: () async throws -> Part
  ) async -> Part {
    do {
      return try await body()
    } catch {
      failures.append(Problem(error))
      return fallback
    }
  }

  private func postgreSQLParts(
    of instance: AppInstance, _ account: AppSecrets.PostgreSQLAccount?
  ) async throws -> [AppDescription.PostgreSQLPart] {
    let session = try await postgreSQL()
    let databases = try await session.databases(of: instance)
    return try await session.roles(of: instance).map { role in
      let own = databases.filter { $0.role == role.role }.map { database in
        let name = database.database
        return AppDescription.DatabasePart(
          name: account?.databases.first { $0.value == name.name }?.key ?? name.writtenName(in: instance),
          database: name.name, bytes: database.bytes, connections: database.connections, complete: database.isComplete)
      }
      return AppDescription.PostgreSQLPart(
        role: role.role.name, open: role.mayLogIn, connectionLimit: role.limits.connections?.number, databases: own,
        passwordOnRecord: account?.username == role.role.name)
    }
  }

  private func namespaceParts(
    of instance: AppInstance, _ accounts: [String: AppSecrets.RedisAccount]
  ) async throws -> [AppDescription.NamespacePart] {
    let service = try namespaces()
    let records = try await service.list(of: instance)
    return try await service.describe(records).map { namespace in
      let id = namespace.record.id
      return AppDescription.NamespacePart(
        name: id.name.name, namespace: id.realName, keys: namespace.keys, open: namespace.record.password != nil,
        connectionLimit: namespace.record.limits.connections, memoryLimit: namespace.record.limits.memory,
        passwordOnRecord: accounts[id.name.name] != nil)
    }
  }
}

extension AppDescription.StoragePart {
  init(_ grant: Grant, _ grants: Grants) {
    let binding = StorageBinding(grant, in: grants.layout)
    since = grant.since
    enforcement = grant.enforcement.name
    advisory = grant.enforcement.advisoryReason
    complete = grant.isComplete
    userData = grant.terms.userData.map(\.description)
    let named: [(String, String?)] = [
      ("userData", binding.userspace.userData), ("appData", binding.userspace.appData),
      ("appCache", binding.userspace.appCache), ("appCommon", binding.userspace.appCommon),
      ("externalData", binding.sharedlib),
    ]
    paths = Dictionary(uniqueKeysWithValues: named.compactMap { name, path in path.map { (name, $0) } })
  }
}
