import Apps
import Configuration
import Core
import FoundationEssentials
import PostgreSQL
import Redis
import RedisNamespaces
import Storage
import SystemPackage
import TestServers
import Testing

let appServers = ConditionTrait.enabled("needs PostgreSQL, Redis and root") {
  PostgreSQLServer.skipReason == nil && RedisClusterServer.skipReason == nil && UserAccount.isRoot
}

/// A prepared machine without its services: the real servers of the test process, and a root of its own.
struct AppMachine {
  let scratch: Scratch
  let baseDirectory: FilePath
  let postgres: PostgreSQLServer
  var layer: DataLayer

  /// - Parameter redis: a cluster for this test alone; the one that all share by default.
  static func with(redis own: RedisClusterServer? = nil, _ body: (AppMachine) async throws -> Void) async throws {
    let postgres = try await PostgreSQLServer.shared()
    let redis = if let own { own } else { try await RedisClusterServer.shared() }
    try await Scratch.with { scratch in
      let baseDirectory = scratch.path.appending("base")
      let root = scratch.path.appending("root")
      try Files.createDirectory(baseDirectory)
      _ = try Layout(root: root).createTree()
      let installation = Installation(
        prepared: .now, root: root, fileSystem: .local,
        postgres: .init(
          host: postgres.endpoint.host, port: postgres.endpoint.port, admin: postgres.endpoint.user, managed: true),
        redis: .init(
          host: "127.0.0.1", ports: redis.seeds.map(\.port), admin: redis.credentials.username ?? "", managed: true))
      try installation.save(to: baseDirectory)
      var servers = SecretStore.ServerSecrets()
      servers.postgresAdmin = postgres.endpoint.password.map(StoredSecret.init)
      servers.redisAdmin = StoredSecret(redis.credentials.password)
      try SecretStore(baseDirectory: baseDirectory).save(servers)
      let storage = StorageScratch(path: scratch.path, layout: Layout(root: root))
      do {
        try await body(
          AppMachine(
            scratch: scratch, baseDirectory: baseDirectory, postgres: postgres,
            layer: try DataLayer(baseDirectory: baseDirectory)))
      } catch {
        try await storage.unmountAll()
        throw error
      }
      try await storage.unmountAll()
    }
  }

  func apply(_ request: AppRequest, adopting: Bool = false, pruning: Bool = false) async throws -> Bool {
    var policy = AppProvisioner.Policy()
    policy.prunes = pruning
    policy.adopts = adopting
    return try await AppProvisioner(layer, policy: policy, warn: { _ in }).apply(request) { _ in { _ in } }
  }

  func remove(_ instance: AppInstance, deletingData: Bool = false) async throws -> Bool {
    try await AppRemover(layer, instance, deletingData: deletingData, warn: { _ in }).remove { _ in { _ in } }
  }

  /// Logs in as the app, as its chart would.
  func login(_ binding: AppBinding, to database: String = "Main") async throws -> TenantSession {
    let account = try #require(binding.postgres)
    let roles = try await layer.postgreSQL().roles(of: binding.instance)
    #expect(roles.map(\.role.name) == [account.username])
    return try await TenantSession.connect(
      to: postgres.endpoint, role: try #require(roles.first).role, password: account.password,
      database: try DatabaseName(database: database, of: binding.instance))
  }

  /// Leaves a row, a key and a file, as the app would.
  func write(_ value: String, as binding: AppBinding) async throws {
    let tenant = try await login(binding)
    _ = try await tenant.query("CREATE TABLE IF NOT EXISTS notes (value text)")
    _ = try await tenant.query("INSERT INTO notes VALUES ($1)", [value])
    await tenant.close()
    let prefix = try #require(binding.redis["db0"]?.prefix)
    _ = try await layer.redis().command(["SET", "\(prefix)note", value], key: "\(prefix)note")
    let data = try #require(binding.storage?.userspace.appData)
    try AtomicFile.write(value, to: FilePath(data).appending("note"))
  }

  /// What `write` left, as the app sees it.
  func read(as binding: AppBinding) async throws -> [String] {
    let tenant = try await login(binding)
    let rows = try await tenant.query("SELECT value FROM notes").compactMap { $0.first ?? nil }
    await tenant.close()
    let prefix = try #require(binding.redis["db0"]?.prefix)
    let key = try await layer.redis().command(["GET", "\(prefix)note"], key: "\(prefix)note").text
    let data = try #require(binding.storage?.userspace.appData)
    return rows + [key, try Files.readTextIfPresent(FilePath(data).appending("note"))].compactMap(\.self)
  }

  /// What is left of an app anywhere.
  func traces(of instance: AppInstance) async throws -> [String] {
    let inventory = await layer.inventory(owner: instance.owner)
    #expect(inventory.failures.isEmpty)
    let entry = inventory.entries.first { $0.app == instance.app.name }
    let roles = try await layer.postgreSQL().roles(of: instance).map(\.role.name)
    let secrets = try layer.secrets.instances().filter { $0 == instance }.map { "secrets of \($0)" }
    return roles + secrets + (entry.map { $0.storage + $0.databases + $0.namespaces } ?? [])
  }

  /// Names are drawn, since the servers are shared by all tests.
  static func instance(_ app: String) throws -> AppInstance {
    AppInstance(app: try AppName(app), owner: try Owner("o\(UInt32.random(in: 0 ... .max))"))
  }

  static func request(_ instance: AppInstance, extensions: [String] = []) throws -> AppRequest {
    AppRequest(
      instance, storage: GrantTerms(appData: true, appCache: true),
      postgres: .init(
        username: "app",
        databases: [
          try DatabaseRequest(
            writtenName: "Main", of: instance,
            extensions: extensions.map { name throws(Problem) in try ExtensionName(name) })
        ]),
      redis: [.init(name: try NamespaceName("db0"))])
  }
}
