package import Configuration
package import Core
package import PostgreSQL
package import Redis
import RedisNamespaces
package import Storage
package import SystemPackage

/// The prepared machine's servers and file system. Each is connected when it is first needed.
package actor DataLayer {
  package nonisolated let baseDirectory: FilePath
  package nonisolated let installation: Installation
  package nonisolated let secrets: SecretStore
  private var adminSession: Task<AdminSession, any Error>?
  private var redisCluster: RedisCluster?

  /// - Throws: `Problem` `not-prepared`.
  package init(baseDirectory: FilePath) throws(Problem) {
    self.baseDirectory = baseDirectory
    installation = try Installation.load(from: baseDirectory)
    secrets = SecretStore(baseDirectory: baseDirectory)
  }

  package nonisolated var grants: Grants { Grants(layout: Layout(root: FilePath(installation.root))) }

  package nonisolated var postgresEndpoint: PostgreSQLEndpoint {
    get throws(Problem) {
      let settings = installation.postgres
      guard let password = try secrets.serverSecrets().postgresAdmin?.secret else {
        throw missingSecret("PostgreSQL")
      }
      return PostgreSQLEndpoint(
        host: settings.host, port: settings.port, user: settings.admin, password: password,
        database: settings.database ?? "postgres", sslMode: settings.sslMode.flatMap { .init(rawValue: $0) } ?? .prefer,
        rootCertificate: settings.sslRootCertificate)
    }
  }

  package func postgreSQL() async throws -> AdminSession {
    if let adminSession { return try await adminSession.value }
    let endpoint = try postgresEndpoint
    let session = Task { try await AdminSession.connect(to: endpoint) }
    adminSession = session
    return try await session.value
  }

  package func namespaces() throws(Problem) -> RedisNamespaceService {
    let proxyKey = try secrets.serverSecrets().redisProxy.map { ProxyKey($0.secret) }
    return RedisNamespaceService(cluster: try redis(), proxyKey: proxyKey)
  }

  package func redis() throws(Problem) -> RedisCluster {
    if let redisCluster { return redisCluster }
    let settings = installation.redis
    guard let password = try secrets.serverSecrets().redisAdmin?.secret else { throw missingSecret("Redis") }
    let cluster = RedisCluster(
      seeds: settings.addresses.map { RedisEndpoint(host: $0.host, port: $0.port) },
      credentials: RedisCredentials(username: settings.admin, password: password))
    redisCluster = cluster
    return cluster
  }

  nonisolated func missingSecret(_ server: String) -> Problem {
    Problem(
      "secret-lost", .notPrepared, "the password of \(server)'s administrator is not under \(baseDirectory)/secrets",
      hint: "restore \(baseDirectory)/secrets/servers.yaml from a backup; it is never made anew while data exists")
  }
}
