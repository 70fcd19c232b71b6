import Configuration
package import Core
package import PostgreSQL

/// What taking databases from an app takes from it, with everything in them.
package struct DatabaseRemoval: Sendable {
  package let instance: AppInstance
  package let databases: [DatabaseDescription]
  /// On record, but not on the server any more, as the app calls them.
  package let forgotten: [String]
  /// Gone with the last database.
  package let roles: [RoleName]
  /// Whether the app's password is forgotten, which nothing needs any more.
  package let endsAccount: Bool

  package var isEmpty: Bool { databases.isEmpty && forgotten.isEmpty && roles.isEmpty && !endsAccount }
}

extension DataLayer {
  /// What dropping databases of `instance` would come to.
  ///
  /// - Parameter names: as the app calls them; all of its databases where there are none.
  /// - Throws: `Problem` `bad-name` (bad data).
  package func databaseRemoval(of instance: AppInstance, names: [String]) async throws -> DatabaseRemoval {
    let session = try await postgreSQL()
    let present = try await session.databases(of: instance)
    let account = try secrets.secrets(of: instance).postgres
    let onRecord = account?.databases ?? [:]
    let chosen = try names.map { name in
      try (name: name, realName: onRecord[name] ?? DatabaseName(database: name, of: instance).name)
    }
    let realNames = Set(chosen.map(\.realName))
    let databases = names.isEmpty ? present : present.filter { realNames.contains($0.database.name) }
    let kept = Set(present.map(\.database)).subtracting(databases.map(\.database))
    let there = Set(present.map(\.database.name))
    let forgotten = onRecord.filter { entry in
      !there.contains(entry.value) && (names.isEmpty || chosen.contains { $0.name == entry.key })
    }
    return DatabaseRemoval(
      instance: instance, databases: databases, forgotten: forgotten.keys.sorted(),
      roles: kept.isEmpty ? try await session.roles(of: instance).map(\.role) : [],
      endsAccount: kept.isEmpty && account != nil)
  }

  /// Drops what `removal` names and nothing else. A run that is cut off is finished by the next one: what is gone from
  /// the server is forgotten afterwards, never before.
  ///
  /// - Throws: `Problem` `locked` (busy), `postgres-in-use` (busy), `postgres-belongs-to-other` (not permitted).
  package func carryOut(_ removal: DatabaseRemoval) async throws {
    let instance = removal.instance
    let lock = try await AppProvisioner.lock(instance, baseDirectory: baseDirectory)
    defer { extendLifetime(lock) }
    let session = try await postgreSQL()
    for database in removal.databases {
      try await session.drop(database.database, role: RoleRequest(name: database.role, instance: instance))
      try forgetDatabases(of: instance) { $0.value == database.database.name }
    }
    try forgetDatabases(of: instance) { removal.forgotten.contains($0.key) }
    // Somebody may have created another one since `removal` was shown.
    guard try await session.databases(of: instance).isEmpty else { return }
    for role in removal.roles { try await session.drop(role, of: instance) }
    guard removal.endsAccount else { return }
    var kept = try secrets.secrets(of: instance)
    kept.postgres = nil
    try secrets.save(kept, of: instance)
  }

  private func forgetDatabases(
    of instance: AppInstance, where isGone: (Dictionary<String, String>.Element) -> Bool
  ) throws(Problem) {
    var kept = try secrets.secrets(of: instance)
    guard let account = kept.postgres, account.databases.contains(where: isGone) else { return }
    kept.postgres?.databases = account.databases.filter { !isGone($0) }
    try secrets.save(kept, of: instance)
  }
}
