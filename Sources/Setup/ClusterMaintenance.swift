import Configuration
package import Core
import Hosting
import Logging
import Redis
import RedisNamespaces
import SystemPackage

/// Changes which nodes a Redis Cluster has, and what each serves, while it is in use.
///
/// What a run has begun is on record, and every step finds out by itself whether it is done: a run that was cut off is
/// finished by running the same again.
package struct ClusterMaintenance: Sendable {
  package let instance: Instance
  let credentials: RedisCredentials
  let proxyKey: ProxyKey?
  let replication: Secret?
  let manager: ClusterManager

  /// Runs `body` while nobody else changes what is prepared.
  /// - Throws: `Problem` `not-prepared`, `secret-lost`, `not-root` (not permitted), `locked` (busy).
  package static func with<Result>(
    _ context: Context, dryRun: Bool, _ body: (ClusterMaintenance) async throws -> Result
  ) async throws -> Result {
    let instance = try Instance.load(from: context)
    guard UserAccount.isRoot else {
      throw Problem(
        "not-root", .notPermitted, "only root may change the nodes of the Redis Cluster",
        hint: "run the same with sudo")
    }
    if dryRun { return try await body(try ClusterMaintenance(instance)) }
    let lock = try await FileLock.acquire(
      instance.baseDirectory.appending(Instance.lockName), purpose: "\(instance.baseDirectory)")
    let maintenance = try ClusterMaintenance(.load(from: context))
    try await maintenance.awaitEarlierManager()
    let result = try await body(maintenance)
    _ = consume lock
    return result
  }

  package init(_ instance: Instance) throws(Problem) {
    let secrets = try instance.secrets.serverSecrets()
    guard let password = secrets.redisAdmin?.secret else {
      throw instance.passwordMissing("Redis", isManaged: instance.installation.redis.managed)
    }
    self.instance = instance
    credentials = instance.redisCredentials(password)
    proxyKey = secrets.redisProxy.map { ProxyKey($0.secret) }
    replication = secrets.redisReplication?.secret
    manager = ClusterManager(credentials: credentials)
  }

  private func awaitEarlierManager() async throws {
    let members = try? await cluster().views().first?.nodes.map(\.endpoint)
    try await ClusterManager.awaitEnd(on: members ?? instance.redisEndpoints)
  }

  var settings: Installation.RedisSettings { instance.installation.redis }

  /// A client that asks only those of our nodes that stay.
  func cluster(without leaving: Set<RedisEndpoint> = []) -> RedisCluster {
    let seeds = instance.redisEndpoints.filter { !leaving.contains($0) }
    return RedisCluster(seeds: seeds, credentials: credentials)
  }

  func namespaces(of cluster: RedisCluster) -> RedisNamespaceService {
    RedisNamespaceService(cluster: cluster, proxyKey: proxyKey)
  }

  /// Does what is not done yet.
  /// - Returns: whether anything was changed.
  package func run(_ work: ClusterWork, report: @Sendable (Journal.Event) -> Void) async throws -> Bool {
    let journals = instance.baseDirectory.appending("journal")
    try Files.createDirectory(journals)
    return try await Journal(directory: journals, name: "redis-cluster").run(
      work.steps.map(\.step), onFailure: .keep, report: report)
  }

  // MARK: Steps of several verbs

  /// Changes what is on record of Redis.
  func record(_ change: (inout Installation.RedisSettings) -> Void) throws {
    var installation = try Installation.load(from: instance.baseDirectory)
    change(&installation.redis)
    try installation.save(to: instance.baseDirectory)
  }

  func recorded() throws -> Installation.RedisSettings { try Installation.load(from: instance.baseDirectory).redis }

  /// What a cut-off run left half-moved is finished, or taken back.
  func openSlotsStep(_ cluster: RedisCluster) -> ClusterStep {
    ClusterStep("open slots", "what an earlier run was moving is finished") {
      try await ClusterStatus.read(cluster).openSlots.isEmpty ? "none" : nil
    } perform: {
      let count = try await ClusterStatus.read(cluster).openSlots.count
      guard let member = try await cluster.topology(refresh: true).masters.first(where: { !$0.isFailed }) else {
        throw Self.nobodyLeft
      }
      try await cluster.awaitServing()
      try await Interruption.undivided { try await manager.closeSlots(of: member.endpoint) }
      try await cluster.settled()
      return "\(count.of("slot")) closed"
    }
  }

  /// - Parameter emptied: ids of masters that are to have none, as they are when it runs.
  func slotsStep(
    _ cluster: RedisCluster, emptying emptied: @escaping @Sendable (ClusterTopology) -> Set<String> = { _ in [] },
    plan: ClusterSlotPlan?
  ) -> ClusterStep {
    ClusterStep("slots", plan.map { $0.text } ?? "moved until every master has equally many") {
      let topology = try await cluster.settled()
      let plan = ClusterSlotPlan(topology, emptying: emptied(topology), tolerance: Self.tolerance)
      return plan.moves.isEmpty ? topology.distribution : nil
    } perform: {
      let before = try await cluster.settled()
      let count = ClusterSlotPlan(before, emptying: emptied(before)).slotCount
      try await cluster.balance(emptying: emptied(before), by: manager)
      // Who leaves must still be there, and say so, when the proxies look who serves what.
      if !emptied(before).isEmpty { try await Task.sleep(for: Self.proxiesLook) }
      return "\(count) moved: \(try await cluster.settled().distribution)"
    }
  }

  /// Twice as long as a namespace proxy goes without asking the nodes.
  private static let proxiesLook = Duration.seconds(10)

  /// As redis-cli has it.
  static let tolerance = 0.02

  func usersStep(_ cluster: RedisCluster) -> ClusterStep {
    let service = namespaces(of: cluster)
    return ClusterStep("users", "of every namespace, on every node") {
      try await service.reconcile(dryRun: true).hasChanged ? nil : "on every node"
    } perform: {
      "\(try await service.reconcile().changes.count.of("change"))"
    }
  }

  static let nobodyLeft = Problem(
    "redis-cluster-down", .unavailable, "no node of the Redis Cluster can be reached",
    hint: "start them: olares-cli service start",
    "if all of their data is gone, begin anew: olares-cli prepare --accept-lost-data")

  /// - Throws: `Problem` `redis-cluster-down` where slots are not served, which only `replace` or starting nodes can mend.
  func requireCoverage(_ topology: ClusterTopology) throws(Problem) {
    let missing = topology.unservedSlots
    guard !missing.isEmpty else { return }
    throw Problem(
      "redis-cluster-down", .unavailable, "no node of the Redis Cluster serves the slots \(missing.slotText)",
      hint: "start the node that is missing: olares-cli service start",
      "if its data is gone, give its place to a new one: olares-cli redis cluster replace NODE")
  }
}

/// What is to be done about a cluster.
package struct ClusterWork: Sendable {
  let steps: [ClusterStep]
  /// For people: what is worth knowing beforehand.
  package var warnings: [String] = []

  /// The names of the steps, and what each is about to bring about.
  package var plan: [(name: String, detail: String)] { steps.map { ($0.step.name, $0.detail) } }

  /// Those that are not done yet.
  package func pending() async throws -> [(name: String, detail: String)] {
    var pending: [(name: String, detail: String)] = []
    for step in steps {
      // What follows from an earlier step cannot be seen yet.
      if step.isConsequence, !pending.isEmpty {
        pending.append((step.step.name, step.detail))
      } else if try await step.step.check() == nil {
        pending.append((step.step.name, step.detail))
      }
    }
    return pending
  }
}

struct ClusterStep: Sendable {
  let detail: String
  /// Whether the steps before it, if they are to be done, make it needed.
  var isConsequence = false
  let step: Step

  /// - Parameter check: what cannot be reached yet is not done yet.
  init(
    _ name: String, _ detail: String, check: @escaping @Sendable () async throws -> String?,
    perform: @escaping @Sendable () async throws -> String
  ) {
    self.detail = detail
    step = Step(name) {
      do {
        return try await check()
      } catch let problem as Problem where problem.isTransient {
        return nil
      }
    } perform: {
      try await perform()
    }
  }
}

extension ClusterTopology {
  /// `5461 at 127.0.0.1:7001, 5461 at 127.0.0.1:7002`.
  fileprivate var distribution: String {
    masters.map { "\($0.slotCount) at \($0.endpoint)" }.joined(separator: ", ")
  }
}
