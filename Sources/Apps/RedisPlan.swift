import Configuration
import Core
import Redis
import RedisNamespaces

/// The Redis namespaces of an app.
struct RedisPlan: Sendable {
  let namespaces: RedisNamespaceService
  let secrets: SecretStore
  let instance: AppInstance
  let wishes: [AppRequest.NamespaceWish]
  let adopting: Bool
  /// Names of steps whose work a run that was cut off has left, to be taken back if this one fails.
  let owedUndos: Set<String>
  let warn: @Sendable (String) -> Void

  func part() async throws -> PlanPart {
    var part = PlanPart()
    for wish in wishes {
      let id = NamespaceID(instance, wish.name)
      let isKnown = try secrets.secrets(of: instance).redis[wish.name.name] != nil
      let record = try await namespaces.foresee(id, spread: wish.isSpread, adopting: adopting)
      let isOpen = record?.password != nil
      if isOpen, !isKnown { throw Problem.secretLost(of: id) }
      let state: AppPlan.Item.State = isOpen ? .unchanged : record == nil ? .new : adopting ? .adopted : .changed
      part.items.append(AppPlan.Item(.redis, wish.name.name, id.realName, state))
      part.steps.append(step(for: id, wish, isNew: !isOpen))
    }
    return part
  }

  private func step(for id: NamespaceID, _ wish: AppRequest.NamespaceWish, isNew: Bool) -> Step {
    let name = "redis \(wish.name)"
    var undo: (@Sendable () async throws -> Void)?
    if isNew || owedUndos.contains(name) { undo = { try await delete(id) } }
    return Step(
      name,
      check: {
        let account = try secrets.secrets(of: instance).redis[wish.name.name]
        guard let account, try await namespaces.find(id)?.password != nil else { return nil }
        // Creating what is there compares everything, the users of all nodes included, and mends what differs.
        let isMended = try await create(id, account.password.secret, wish)
        return isMended ? "\(id.realName), its users mended" : id.realName
      },
      perform: {
        // The password is on record before anything is protected by it.
        var kept = try secrets.secrets(of: instance)
        let account = kept.redis[wish.name.name] ?? AppSecrets.RedisAccount(password: Secret.random())
        kept.redis[wish.name.name] = account
        try secrets.save(kept, of: instance)
        _ = try await create(id, account.password.secret, wish)
        return id.realName
      },
      undo: undo)
  }

  /// - Returns: whether anything was changed.
  private func create(_ id: NamespaceID, _ password: Secret, _ wish: AppRequest.NamespaceWish) async throws -> Bool {
    let change = try await namespaces.create(id, password: password, spread: wish.isSpread, adopting: adopting)
    change.warnings.forEach(warn)
    return change.hasChanged
  }

  private func delete(_ id: NamespaceID) async throws {
    _ = try await namespaces.delete(id)
    var kept = try secrets.secrets(of: instance)
    kept.redis[id.name.name] = nil
    try secrets.save(kept, of: instance)
  }
}
