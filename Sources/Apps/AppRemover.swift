import Configuration
package import Core
import PostgreSQL
import Redis
import RedisNamespaces
import Storage
import SystemPackage

/// Takes back everything that one app instance has. Data is kept, closed to everybody, unless it is to be deleted.
///
/// What there is, is asked of the disk and the servers, so that it works without the app's secrets, after an apply that
/// was cut off, and for what an earlier removal has kept.
package struct AppRemover: Sendable {
  let layer: DataLayer
  let instance: AppInstance
  let deletesData: Bool
  private let warn: @Sendable (String) -> Void

  /// - Parameter warn: told what did not reach every node, while the steps run.
  package init(
    _ layer: DataLayer, _ instance: AppInstance, deletingData: Bool, warn: @escaping @Sendable (String) -> Void
  ) {
    self.layer = layer
    self.instance = instance
    deletesData = deletingData
    self.warn = warn
  }

  /// What `remove` would do. Connects to the servers, and changes nothing.
  ///
  /// - Parameter measuring: whether to find out what is in directories, which takes time.
  /// - Throws: `Problem`, also where one of the servers cannot be reached (unavailable).
  package func plan(measuring: Bool = true) async throws -> AppRemovalPlan {
    var parts = [try storagePart(measuring: measuring)]
    // Nobody is to see an app that lost one database and still uses the next, so all access ends before data does.
    let roles = try await layer.postgreSQL().roles(of: instance)
    parts.append(RemovalPart(steps: deletesData ? roles.filter(\.mayLogIn).map(closingStep) : []))
    parts.append(try await redisPart())
    parts.append(try await databasePart(roles))
    if layer.secrets.exist(for: instance) { parts.append(secretsPart) }
    return AppRemovalPlan(
      instance: instance, deletesData: deletesData, items: parts.flatMap(\.items), steps: parts.flatMap(\.steps))
  }

  /// Carries the plan out. What was done when a step fails, or when the process is killed, stays done, and the same call
  /// goes on from there.
  ///
  /// - Parameter report: gets the plan before anything is changed; what it throws leaves everything as it is.
  /// - Returns: whether anything was changed.
  /// - Throws: `Problem` `locked` (busy) when another run works on the same app for over a minute; what a step throws.
  package func remove(
    measuring: Bool = false, report: (AppRemovalPlan) throws -> @Sendable (Journal.Event) -> Void
  ) async throws -> Bool {
    let lock = try await AppProvisioner.lock(instance, baseDirectory: layer.baseDirectory)
    defer { extendLifetime(lock) }
    let plan: AppRemovalPlan
    do {
      plan = try await self.plan(measuring: measuring)
    } catch let problem as Problem where problem.exitStatus == .unavailable {
      throw problem.adding(hint: "nothing was changed; run the command again when it answers")
    }
    let events = try report(plan)
    // A later apply must not take for its own, and take back, what one that was cut off had begun.
    try layer.journal(of: .apply, instance).forget()
    do {
      return try await layer.journal(of: .remove, instance).run(plan.steps, onFailure: .keep, report: events)
    } catch let problem as Problem {
      if problem.code == "interrupted" { throw problem }
      throw problem.adding(hint: "what was taken back so far stays so; the same command goes on from there")
    }
  }

  private func storagePart(measuring: Bool) throws -> RemovalPart {
    let (grants, instance, deletesData) = (layer.grants, instance, deletesData)
    var part = RemovalPart()
    let grant = try grants.find(instance)
    if let grant {
      let what = grant.terms.names.joined(separator: " ")
      part.items.append(.init(.storage, .grant, what.isEmpty ? "nothing" : what, .closed))
    }
    let own = try grants.ownDirectories(of: instance)
    for directory in own {
      var item = AppRemovalPlan.Item(.storage, .directory, directory.path.string, deletesData ? .deleted : .kept)
      if measuring { item.bytes = try grants.size(of: directory).bytes }
      part.items.append(item)
    }
    guard grant != nil || deletesData && !own.isEmpty else { return part }
    part.steps = [
      Step(
        "storage",
        check: {
          let isRevoked = try grants.find(instance) == nil
          let isEmpty = try !deletesData || grants.ownDirectories(of: instance).isEmpty
          return isRevoked && isEmpty ? "revoked" : nil
        },
        perform: {
          let kept = try await grants.revoke(instance, deletingData: deletesData)?.kept.count ?? 0
          guard deletesData else { return kept == 0 ? "revoked" : "revoked, directories kept" }
          _ = try await grants.deleteOwnDirectories(of: instance)
          return "revoked, data deleted"
        })
    ]
    return part
  }

  private func closingStep(_ role: RoleDescription) -> Step {
    Step(
      "close \(role.role)",
      check: { [layer, instance] in
        try await layer.postgreSQL().isSuspended(role.role, of: instance) == false ? nil : "closed"
      },
      perform: { [layer, instance] in
        let session = try await layer.postgreSQL()
        try await session.suspend(role.role, of: instance)
        guard try await session.isSuspended(role.role, of: instance) != false else {
          throw Problem(
            "postgres-in-use", .busy, "sessions of the role \(role.role) do not end",
            hint: "stop what uses them, then run the command again", isTransient: true)
        }
        return "nobody can log in"
      })
  }

  private func databasePart(_ roles: [RoleDescription]) async throws -> RemovalPart {
    var part = RemovalPart()
    let (layer, instance) = (layer, instance)
    let databases = try await layer.postgreSQL().databases(of: instance)
    for database in databases {
      let isOpen = roles.contains { $0.role == database.role && $0.mayLogIn }
      var item = AppRemovalPlan.Item(
        .postgres, .database, database.database.name, deletesData ? .deleted : isOpen ? .closed : .kept)
      item.bytes = database.bytes
      item.connections = database.connections
      part.items.append(item)
      guard deletesData else { continue }
      part.steps.append(
        Step(
          "database \(database.database)",
          check: {
            try await layer.postgreSQL().databases(of: instance).contains { $0.database == database.database }
              ? nil : "gone"
          },
          perform: {
            let role = RoleRequest(name: database.role, instance: instance)
            try await layer.postgreSQL().drop(database.database, role: role)
            return "dropped"
          }))
    }
    let owners = Set(databases.map(\.role))
    for role in roles {
      // A role that owns nothing is kept for nothing.
      let isDropped = deletesData || !owners.contains(role.role)
      part.items.append(
        .init(.postgres, .role, role.role.name, isDropped ? .deleted : role.mayLogIn ? .closed : .kept))
      guard isDropped else {
        part.steps.append(closingStep(role))
        continue
      }
      part.steps.append(
        Step(
          "role \(role.role)",
          check: { try await layer.postgreSQL().isSuspended(role.role, of: instance) == nil ? "gone" : nil },
          perform: {
            try await layer.postgreSQL().drop(role.role, of: instance)
            return "dropped"
          }))
    }
    return part
  }

  private func redisPart() async throws -> RemovalPart {
    let (instance, deletesData, warn) = (instance, deletesData, warn)
    let service = try await layer.namespaces()
    var part = RemovalPart()
    let records = try await service.list(of: instance)
    for namespace in try await service.describe(records) {
      let id = namespace.record.id
      let isOpen = namespace.record.password != nil
      var item = AppRemovalPlan.Item(
        .redis, .namespace, id.realName, deletesData ? .deleted : isOpen ? .closed : .kept)
      item.keys = namespace.keys ?? namespace.keysInSlot
      part.items.append(item)
      part.steps.append(
        Step(
          "namespace \(id)",
          check: {
            guard let record = try await service.find(id) else { return "gone" }
            if deletesData || record.password != nil { return nil }
            // Deleting it once more ends what a run that was cut off has left open on some node.
            try await service.delete(id).warnings.forEach(warn)
            return "closed"
          },
          perform: {
            let change = try await deletesData ? service.purge(id) : service.delete(id)
            change.warnings.forEach(warn)
            return deletesData ? "purged" : change.record == nil ? "deleted, it was empty" : "closed, keys kept"
          }))
    }
    return part
  }

  private var secretsPart: RemovalPart {
    let (secrets, instance) = (layer.secrets, instance)
    return RemovalPart(
      items: [.init(.secrets, .secrets, "passwords on record", .deleted)],
      steps: [
        Step(
          "secrets",
          check: { secrets.exist(for: instance) ? nil : "gone" },
          perform: {
            try secrets.remove(of: instance)
            return "forgotten"
          })
      ])
  }
}
