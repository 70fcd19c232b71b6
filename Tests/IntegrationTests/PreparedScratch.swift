import Configuration
import Core
import Glibc
import PostgreSQL
import Redis
import SystemPackage
import TestServers

@testable import Setup

/// A scratch directory as base directory and root of an instance on free ports.
struct PreparedScratch: Sendable {
  let path: FilePath
  let postgresPort = Ports.free()
  let redisPort = Ports.freeForRedisCluster(count: 6)
  let proxyPort = Ports.free()
  var options = PreparationOptions()

  init(_ scratch: SupervisedScratch) {
    path = scratch.path
    options.root = path.appending("olares")
    options.postgresPort = postgresPort
    options.redisPort = redisPort
    options.redisProxyPort = proxyPort
    options.isSeparate = true
  }

  func preparation() throws -> Preparation {
    try Preparation(options, baseDirectory: path, executable: BuiltExecutable.path)
  }

  var commandLineOptions: [String] {
    [
      "--base-dir", path.string, "--root", path.appending("olares").string, "--postgres-port", "\(postgresPort)",
      "--redis-port", "\(redisPort)", "--redis-proxy-port", "\(proxyPort)", "--separate",
    ]
  }

  /// Leaves a value in both servers.
  func write(_ value: String) async throws {
    try await psql("CREATE TABLE test (value text); INSERT INTO test VALUES ('\(value)')")
    _ = try await redis().command(["SET", "test", value], key: "test")
  }

  /// What both servers hold; nil if they differ.
  func read() async throws -> String? {
    let row = try await psql("SELECT value FROM test")
    let value = try await redis().command(["GET", "test"], key: "test").text
    return row.hasSuffix("\n") && String(row.dropLast()) == value ? value : nil
  }

  @discardableResult
  private func psql(_ statement: String) async throws -> String {
    let secrets = try preparation().instance.secrets.serverSecrets()
    return try await ChildProcess(
      "/usr/bin/psql",
      ["-h", "127.0.0.1", "-p", "\(postgresPort)", "-U", "postgres", "-Atq", "-c", statement],
      environment: ["PGPASSWORD": secrets.postgresAdmin?.secret.reveal() ?? ""]
    ).check().standardOutput
  }

  private func redis() async throws -> RedisCluster {
    let instance = try preparation().instance
    return instance.redisCluster(password: try instance.secrets.serverSecrets().redisAdmin?.secret ?? Secret(""))
  }
}
