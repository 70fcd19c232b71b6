import Configuration
import Core
import PostgreSQL

/// The role and the databases of an app.
struct PostgreSQLPlan: Sendable {
  let session: AdminSession
  let secrets: SecretStore
  let instance: AppInstance
  let wish: AppRequest.PostgreSQLWish
  let places: AppRequest.Places
  let policy: ProvisioningPolicy
  /// Whether to take over what a removed app of the same name left behind.
  let adopting: Bool
  /// Names of steps whose work a run that was cut off has left, to be taken back if this one fails.
  let owedUndos: Set<String>
  let warn: @Sendable (String) -> Void

  func part() async throws -> PlanPart {
    let role = RoleRequest(
      name: try RoleName(username: wish.username, of: instance), instance: instance, limits: wish.limits)
    let account = try secrets.secrets(of: instance).postgres
    let roles = try await session.roles(of: instance)
    if let other = account?.username ?? roles.first(where: { $0.role != role.name })?.role.name, other != role.name.name
    {
      throw Problem(
        "other-role", .notPermitted, "\(instance) has the PostgreSQL role \(other), not \(role.name)",
        hint: "an app has one role; ask with the user name it was given",
        "or delete what it has: olares-cli app remove \(instance.app) --owner \(instance.owner) --delete-data")
    }
    let present = try await session.outcome(of: role, adopting: adopting)
    let isLeftBehind = roles.contains { !$0.mayLogIn }
    if present != .created, !isLeftBehind, account == nil {
      throw Problem.secretLost(of: role.name, instance)
    }
    let isAdopted = isLeftBehind || owedUndos.contains(Self.adoption)
    let isNew = present == .created || owedUndos.contains(Self.creation)
    var part = PlanPart(steps: [step(for: role, isNew: isNew, isAdopted: isAdopted)])
    if present == .changed, !isLeftBehind {
      part.items.append(AppPlan.Item(.postgres, "role", "\(role.name): its limits and rights", .changed))
    }
    for database in wish.databases {
      let foreseen = try await foresee(database, role)
      let state: AppPlan.Item.State =
        switch foreseen.outcome {
        case .created: .new
        case _ where isLeftBehind: .adopted
        case .changed: .changed
        case .unchanged: account?.databases[database.writtenName] == nil ? .changed : .unchanged
        }
      let extensions = database.extensions.map { "\($0)" }.joined(separator: ", ")
      part.items.append(
        AppPlan.Item(
          .postgres, database.writtenName,
          "\(database.name), role \(role.name)" + (extensions.isEmpty ? "" : ", extensions \(extensions)"), state,
          warnings: foreseen.warnings))
      part.steps.append(step(for: database, role: role, isNew: foreseen.outcome == .created))
    }
    return part
  }

  private func foresee(_ database: DatabaseRequest, _ role: RoleRequest) async throws -> DatabaseOutcome {
    do {
      return try await session.outcome(of: database, role: role, policy: policy)
    } catch var problem as Problem {
      if problem.code == "missing-extension" {
        let missing = try await session.missingExtensions(of: database.extensions)
        problem.location = database.extensions.first { missing[$0] != nil }.flatMap { places.extensions[$0] }
      }
      throw problem
    }
  }

  private static let creation = "postgres role"
  private static let adoption = "adopt postgres role"

  private func step(for role: RoleRequest, isNew: Bool, isAdopted: Bool) -> Step {
    var undo: (@Sendable () async throws -> Void)?
    if isNew { undo = { try await drop(role) } } else if isAdopted { undo = { try await close(role) } }
    return Step(
      isAdopted ? Self.adoption : Self.creation,
      check: {
        let isKnown = try secrets.secrets(of: instance).postgres != nil
        return try await session.outcome(of: role, adopting: adopting) == .unchanged && isKnown ? role.name.name : nil
      },
      perform: { try await provision(role) },
      undo: undo)
  }

  private func provision(_ role: RoleRequest) async throws -> String {
    var kept = try secrets.secrets(of: instance)
    let isLeftBehind = try await session.roles(of: instance).contains { $0.role == role.name && !$0.mayLogIn }
    // A role that was left behind gets a new password, whatever is on record: who knew the old one is not asked.
    let account = isLeftBehind ? nil : kept.postgres
    let chosen = account ?? AppSecrets.PostgreSQLAccount(username: role.name.name, password: Secret.random())
    // The password is on record before anything is protected by it.
    kept.postgres = chosen
    try secrets.save(kept, of: instance)
    let password = chosen.password.secret
    if try await session.provision(role, password: password, adopting: adopting) == .created { return role.name.name }
    guard try await session.accepts(password, of: role.name) else {
      throw Problem(
        "other-password", .notPrepared, "the role \(role.name) does not accept the password on record",
        hint: "give it a new one: olares-cli db rotate postgres --app \(instance.app) --owner \(instance.owner)")
    }
    return role.name.name
  }

  private func drop(_ role: RoleRequest) async throws {
    try await session.drop(role.name, of: instance)
    try forget()
  }

  /// Leaves behind again what was adopted.
  private func close(_ role: RoleRequest) async throws {
    try await session.suspend(role.name, of: instance)
    try forget()
  }

  private func forget() throws {
    var kept = try secrets.secrets(of: instance)
    kept.postgres = nil
    try secrets.save(kept, of: instance)
  }

  private func step(for database: DatabaseRequest, role: RoleRequest, isNew: Bool) -> Step {
    let name = "postgres \(database.writtenName)"
    var undo: (@Sendable () async throws -> Void)?
    if isNew || owedUndos.contains(name) { undo = { try await drop(database, role, isNew: isNew) } }
    return Step(
      name,
      check: {
        let isKnown = try secrets.secrets(of: instance).postgres?.databases[database.writtenName] != nil
        let outcome = try await session.outcome(of: database, role: role, policy: policy)
        guard isKnown, outcome.outcome == .unchanged else { return nil }
        outcome.warnings.forEach(warn)
        return database.name.name
      },
      perform: { try await provision(database, role) },
      undo: undo)
  }

  private func provision(_ database: DatabaseRequest, _ role: RoleRequest) async throws -> String {
    var kept = try secrets.secrets(of: instance)
    guard let password = kept.postgres?.password.secret else {
      throw Problem("secret-lost", .notPrepared, "the password of \(role.name) is not on record any more")
    }
    let outcome = try await session.provision(database, role: role, password: password, policy: policy)
    outcome.warnings.forEach(warn)
    kept.postgres?.databases[database.writtenName] = database.name.name
    try secrets.save(kept, of: instance)
    return database.name.name
  }

  /// - Parameter isNew: to this run. One that an earlier run has left may be in use since.
  private func drop(_ database: DatabaseRequest, _ role: RoleRequest, isNew: Bool) async throws {
    if isNew {
      try await session.drop(database.name, role: role)
    } else {
      try await session.dropUnused(database.name, role: role)
    }
    var kept = try secrets.secrets(of: instance)
    kept.postgres?.databases[database.writtenName] = nil
    try secrets.save(kept, of: instance)
  }
}
