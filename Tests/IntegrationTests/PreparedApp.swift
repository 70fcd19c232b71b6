import Core
import FoundationEssentials
import Storage
import SystemPackage
import TestServers

@testable import Setup

extension PreparedScratch {
  var root: FilePath { path.appending("olares") }

  /// Runs the built command on this instance.
  func run(_ arguments: String...) async throws -> ChildProcess.Result { try await run(arguments) }

  func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> ChildProcess.Result {
    try await ChildProcess(
      try BuiltExecutable.path.string, arguments + ["--base-dir", path.string], environment: environment
    )
    .run()
  }

  /// Prepares the instance and gives an app a database, a namespace and a folder of its owner's.
  func prepareWithApp() async throws -> PreparedApp {
    try await succeed(["prepare"] + Array(commandLineOptions.dropFirst(2)))
    return try await giveApp()
  }

  func giveApp() async throws -> PreparedApp {
    let app = PreparedApp(machine: self)
    try await succeed(["db", "create", "postgres", "--name", "wiki"] + app.options)
    try await succeed(["redis", "ns", "create", "--name", "db0"] + app.options)
    try await succeed(["storage", "grant", "--app-data", "--user-data", "Home/Documents"] + app.options)
    return app
  }

  private func succeed(_ arguments: [String]) async throws {
    let result = try await run(arguments)
    guard result.status == 0 else {
      throw Problem("test-set-up", .failed, "olares-cli \(arguments[0]) failed", cause: result.standardError)
    }
  }

  /// Services, mounts and processes of this instance that are still there.
  func traces() throws -> [String] {
    let services = try Files.names(in: path.appending("service"))
    let mounts = try MountTable.current().entries(at: path).map(\.point.string)
    let processes = try Files.names(in: "/proc").compactMap { Int32($0) }.filter { id in
      let command = (try? Files.readTextIfPresent(FilePath("/proc/\(id)/cmdline"))) ?? nil
      return command?.hasPrefix("/usr/bin/runsvdir\0-P\0\(path)/") == true
        || command?.contains("\(root)/userdata/dbdata") == true
    }
    return services + mounts + processes.map { "process \($0)" }
  }
}

/// An app of a prepared instance, as its own clients reach it.
struct PreparedApp: Sendable {
  let machine: PreparedScratch
  let options = ["--app", "wiki", "--owner", "alice"]

  var view: FilePath { machine.root.appending("userdata/granted/alice/wiki") }

  /// The owner's Home.
  var home: FilePath {
    get throws {
      let volumes = machine.root.appending("rootfs/userspace")
      let volume = try Files.names(in: volumes).first { $0.hasPrefix("pvc-userspace-alice-") } ?? "missing"
      return volumes.appending(volume).appending("Home")
    }
  }

  struct Values: Decodable, Equatable {
    struct Postgres: Decodable, Equatable {
      let host: String
      let port: UInt16
      let username: String
      let password: String
      let databases: [String: String]
    }
    struct Redis: Decodable, Equatable {
      let host: String
      let port: UInt16
      let username: String
      let password: String
      let prefix: String
    }
    let postgres: Postgres
    let redis: Redis
  }

  func values() async throws -> Values {
    let printed = try await machine.run(["app", "values", "wiki", "--owner", "alice", "--output", "json"])
    return try JSONDecoder().decode(Values.self, from: Data(printed.standardOutput.utf8))
  }

  func write(_ value: String) async throws {
    _ = try await psql("CREATE TABLE test (value text); INSERT INTO test VALUES ('\(value)')")
    _ = try await redis("SET", value)
  }

  /// What the app finds in both servers; nil if they differ.
  func read() async throws -> String? {
    let row = try await psql("SELECT value FROM test")
    return try await redis("GET") == row ? String(row.dropLast()) : nil
  }

  private func psql(_ statement: String) async throws -> String {
    let postgres = try await values().postgres
    return try await ChildProcess(
      "/usr/bin/psql",
      [
        "-h", postgres.host, "-p", "\(postgres.port)", "-U", postgres.username, "-d", postgres.databases["wiki"] ?? "",
        "-Atq", "-c", statement,
      ], environment: ["PGPASSWORD": postgres.password]
    ).check().standardOutput
  }

  private func redis(_ command: String, _ arguments: String...) async throws -> String {
    let redis = try await values().redis
    return try await ChildProcess(
      "/usr/bin/redis-cli",
      ["-h", redis.host, "-p", "\(redis.port)", "--user", redis.username, "--no-auth-warning", command]
        + ["\(redis.prefix)test"] + arguments, environment: ["REDISCLI_AUTH": redis.password]
    ).check().standardOutput
  }
}
