import Configuration
import Core
import PostgreSQL
import Redis
import RedisNamespaces

/// The databases and namespaces that an app has and its manifest does not ask for any more. They are data: they stay,
/// and are reported, unless they are to be pruned. (A grant is a permission, and simply ends: `StoragePlan`.)
struct Surplus: Sendable {
  let layer: DataLayer
  let request: AppRequest
  let prunes: Bool
  let warn: @Sendable (String) -> Void

  private var instance: AppInstance { request.instance }

  /// A server is only asked where the app has had something there, so that an app that never had a database does not
  /// need PostgreSQL to be up.
  func part() async throws -> PlanPart {
    // What cannot be read is no reason to guess that there is nothing.
    let secrets = try layer.secrets.secrets(of: instance)
    var part = PlanPart()
    if prunes || request.postgres != nil || secrets.postgres != nil {
      part.add(try await databasePart(secrets.postgres))
      part.items += try await extensionItems()
    }
    if prunes || !request.redis.isEmpty || !secrets.redis.isEmpty { part.add(try await namespacePart()) }
    if !prunes { part.pruning = [] }
    return part
  }

  private func databasePart(_ account: AppSecrets.PostgreSQLAccount?) async throws -> PlanPart {
    let (instance, secrets) = (instance, layer.secrets)
    let session = try await layer.postgreSQL()
    let present = try await session.databases(of: instance)
    let asked = request.postgres?.databases.map(\.name) ?? []
    var part = PlanPart()
    for database in present where !asked.contains(database.database) {
      let name = database.database
      let written = account?.databases.first { $0.value == name.name }?.key ?? name.writtenName(in: instance)
      part.items.append(item(.postgres, written, name.name, database.bytes.map { ByteCount($0).forPeople } ?? "?"))
      part.pruning.append(
        Step(
          "drop postgres \(written)",
          check: { try await session.databases(of: instance).contains { $0.database == name } ? nil : "gone" },
          perform: {
            try await session.drop(name, role: RoleRequest(name: database.role, instance: instance))
            var kept = try secrets.secrets(of: instance)
            kept.postgres?.databases[written] = nil
            try secrets.save(kept, of: instance)
            return name.name
          }))
    }
    guard request.postgres == nil else { return part }
    for role in try await session.roles(of: instance).map(\.role) {
      if present.isEmpty { part.items.append(item(.postgres, "role", role.name, nil)) }
      part.pruning.append(
        Step(
          "drop postgres role",
          check: { try await session.roles(of: instance).contains { $0.role == role } ? nil : "gone" },
          perform: {
            try await session.drop(role, of: instance)
            var kept = try secrets.secrets(of: instance)
            kept.postgres = nil
            try secrets.save(kept, of: instance)
            return role.name
          }))
    }
    return part
  }

  private func extensionItems() async throws -> [AppPlan.Item] {
    let session = try await layer.postgreSQL()
    let wishes = request.postgres?.databases ?? []
    let present = wishes.isEmpty ? [] : try await session.databases(of: instance)
    var items: [AppPlan.Item] = []
    for database in present where database.isComplete {
      guard let wish = wishes.first(where: { $0.name == database.database }) else { continue }
      // A tenant can close its database even to us; then there is nothing to say about what is in it.
      for name in (try? await session.surplusExtensions(of: wish)) ?? [] {
        let remark = "extension \(name) in \(wish.name) is not asked for any more; it stays, since data may need it"
        items.append(AppPlan.Item(.postgres, "\(name)", "extension in \(wish.name)", .notAskedFor, remarks: [remark]))
      }
    }
    return items
  }

  private func namespacePart() async throws -> PlanPart {
    let (instance, secrets, warn) = (instance, layer.secrets, warn)
    let service = try await layer.namespaces()
    let asked = request.redis.map(\.name)
    let records = try await service.list(of: instance).filter { !asked.contains($0.id.name) }
    var part = PlanPart()
    for namespace in try await service.describe(records) {
      let id = namespace.record.id
      part.items.append(item(.redis, id.name.name, id.realName, namespace.sizeForPeople))
      part.pruning.append(
        Step(
          "purge redis \(id.name)",
          check: { try await service.find(id) == nil ? "gone" : nil },
          perform: {
            try await service.purge(id).warnings.forEach(warn)
            var kept = try secrets.secrets(of: instance)
            kept.redis[id.name.name] = nil
            try secrets.save(kept, of: instance)
            return id.realName
          }))
    }
    return part
  }

  private func item(_ part: AppPlan.Item.Part, _ name: String, _ realName: String, _ size: String?) -> AppPlan.Item {
    let detail = realName + (size.map { ", \($0)" } ?? "")
    if prunes { return AppPlan.Item(part, name, detail, .deleted) }
    let remark = "\(detail) is not asked for any more; it is kept: --prune deletes it"
    return AppPlan.Item(part, name, detail, .notAskedFor, remarks: [remark])
  }
}

extension NamespaceDescription {
  /// How many keys it has, or at most has; nil where that is not known.
  var sizeForPeople: String? {
    if let keys { return keys == 1 ? "1 key" : "\(keys) keys" }
    return keysInSlot.map { "up to \($0) keys" }
  }
}
