package import Core
import PostgreSQL
import Storage
import SystemPackage

/// Gives one app instance everything it asks for, or nothing.
package struct AppProvisioner: Sendable {
  package struct Policy: Sendable {
    /// Go on without middleware and extensions that are not to be had here.
    package var skipsUnavailable = false
    package var requiresDistributed = false
    package var allowsSuperuserScripts = false
    /// Take over what a removed app of the same name left behind.
    package var adopts = false
    /// Delete the databases and namespaces that a whole manifest does not ask for any more.
    package var prunes = false
    package init() {}
  }

  private let layer: DataLayer
  private let policy: Policy
  private let warn: @Sendable (String) -> Void

  /// - Parameter warn: told what is not as the manifest asks, while the steps run.
  package init(_ layer: DataLayer, policy: Policy = Policy(), warn: @escaping @Sendable (String) -> Void) {
    self.layer = layer
    self.policy = policy
    self.warn = warn
  }

  /// What `apply` would do. Connects to the servers that the request needs, and changes nothing.
  ///
  /// - Throws: `Problem` `unavailable-middleware`, `missing-extension` (unavailable), or what a part says against it.
  package func plan(_ request: AppRequest) async throws -> AppPlan {
    if let first = request.unavailable.first, !policy.skipsUnavailable {
      let all = request.unavailable.map(\.description).joined(separator: ", ")
      throw Problem(
        "unavailable-middleware", .unavailable,
        "\(request.instance.app) needs \(all), which this data layer does not provide", at: first.location,
        hint: "go on without it: --skip-unavailable")
    }
    let owedUndos = try layer.journal(of: .apply, request.instance).owedUndos()
    var part = PlanPart()
    if try asksForStorage(request) {
      let wish = GrantRequest(request.instance, request.storage, adopting: policy.adopts)
      part.add(try StoragePlan(grants: layer.grants, request: wish).part())
    }
    if let wish = request.postgres {
      part.add(
        try await PostgreSQLPlan(
          session: layer.postgreSQL(), secrets: layer.secrets, instance: request.instance, wish: wish,
          places: request.places, policy: postgresPolicy, adopting: policy.adopts,
          owedUndos: owedUndos, warn: warn
        ).part())
    }
    if !request.redis.isEmpty {
      part.add(
        try await RedisPlan(
          namespaces: layer.namespaces(), secrets: layer.secrets, instance: request.instance, wishes: request.redis,
          adopting: policy.adopts, owedUndos: owedUndos, warn: warn
        ).part())
    }
    if request.isWhole {
      part.add(try await Surplus(layer: layer, request: request, prunes: policy.prunes, warn: warn).part())
    }
    part.items += request.unavailable.map {
      AppPlan.Item(.middleware, $0.kind, $0.names.joined(separator: ", "), .skipped)
    }
    return AppPlan(request: request, items: part.items, steps: part.steps, pruning: part.pruning)
  }

  /// Carries the plan out. A step that fails takes back everything that this run did; what is to be deleted is deleted
  /// after that, and what cannot be deleted now is left for the next run.
  ///
  /// - Parameter report: gets the plan before anything is changed; what it throws leaves everything as it is.
  /// - Returns: whether anything was changed.
  /// - Throws: `Problem` `locked` (busy) when another run works on the same app for over a minute.
  package func apply(
    _ request: AppRequest, report: (AppPlan) throws -> @Sendable (Journal.Event) -> Void
  ) async throws -> Bool {
    let lock = try await Self.lock(request.instance, baseDirectory: layer.baseDirectory)
    defer { extendLifetime(lock) }
    let plan = try await plan(request)
    let events = try report(plan)
    let changed = try await layer.journal(of: .apply, request.instance)
      .run(plan.steps, onFailure: .undo, report: events)
    // What a removal left undone is not to be gone on with.
    try layer.journal(of: .remove, request.instance).forget()
    let pruned = try await layer.journal(of: .prune, request.instance)
      .run(plan.pruning, onFailure: .keep, report: events)
    return changed || pruned
  }

  /// A whole manifest without permissions ends those that an earlier one had.
  private func asksForStorage(_ request: AppRequest) throws(Problem) -> Bool {
    if !request.storage.isEmpty { return true }
    guard request.isWhole, layer.grants.layout.isPrepared else { return false }
    return try layer.grants.find(request.instance).map { !$0.terms.isEmpty || !$0.isComplete } ?? false
  }

  /// Held by whoever changes what an app instance has.
  static func lock(_ instance: AppInstance, baseDirectory: FilePath) async throws -> FileLock {
    let locks = baseDirectory.appending("locks")
    try Files.createDirectory(locks)
    return try await FileLock.acquire(
      locks.appending("app-\(instance.owner)-\(instance.app)"), purpose: "\(instance)", patience: .seconds(60))
  }

  private var postgresPolicy: ProvisioningPolicy {
    var postgres = ProvisioningPolicy()
    postgres.skipsUnavailable = policy.skipsUnavailable
    postgres.requiresDistributed = policy.requiresDistributed
    postgres.allowsSuperuserScripts = policy.allowsSuperuserScripts
    return postgres
  }
}
