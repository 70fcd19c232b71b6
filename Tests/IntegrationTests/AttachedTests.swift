import Configuration
import Core
import PostgreSQL
import Redis
import SystemPackage
import TestServers
import Testing

@testable import Setup

/// The built command on servers that it did not set up.
@Suite(
  .serialized,
  .enabled(if: SupervisedScratch.canPrepare, "needs \(SupervisedScratch.needsOfPrepare)"))
struct AttachedTests {
  private struct Servers {
    let postgres: PostgreSQLServer
    let redis: RedisClusterServer
    let secrets: [String]
    private let options: [String]

    /// - Parameter machine: where the files with the passwords go.
    init(_ postgres: PostgreSQLServer, _ redis: RedisClusterServer, _ machine: PreparedScratch) throws {
      self.postgres = postgres
      self.redis = redis
      secrets = ["password of the guest", redis.credentials.password.reveal()]
      let files = ["postgres.txt", "redis.txt"].map { machine.path.appending($0) }
      for (file, secret) in zip(files, secrets) { try AtomicFile.write(secret + "\n", to: file) }
      options = [
        "prepare", "--separate", "--root", machine.root.string, "--postgres-password-file", files[0].string,
        "--redis-seed", redis.seeds[0].description, "--redis-username", redis.credentials.username ?? "",
        "--redis-password-file", files[1].string, "--redis-proxy-port", "\(machine.proxyPort)",
      ]
    }

    func prepare(as account: String = "guest", port: UInt16? = nil) -> [String] {
      let port = port ?? postgres.endpoint.port
      return options + ["--postgres-url", "postgresql://\(account)@127.0.0.1:\(port)/postgres?sslmode=disable"]
    }

    /// An account with the guest's password.
    func makeAccount(_ name: String, _ rights: String) async throws {
      try await postgres.asAdministrator("CREATE ROLE \(name) LOGIN \(rights) PASSWORD '\(secrets[0])'")
    }
  }

  /// Both servers, with an account on PostgreSQL that may do no more than it has to.
  private func withServers(_ body: (PreparedScratch, Servers) async throws -> Void) async throws {
    let postgres = try await PostgreSQLServer()
    let redis = try await RedisClusterServer()
    defer { postgres.stop() }
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let servers = try Servers(postgres, redis, machine)
      try await servers.makeAccount("guest", "CREATEROLE CREATEDB")
      try await body(machine, servers)
    }
    await redis.stop()
  }

  @Test func appsWorkOnServersOfOthersAndLeaveThemAlone() async throws {
    try await withServers { machine, servers in
      let first = try await machine.run(servers.prepare())
      #expect(first.status == 0, "\(first.standardError)")
      #expect(first.standardError.contains("PostgreSQL: no extension that only a superuser can create"))
      #expect(first.standardError.contains("every app can enter the database template1"))
      for secret in servers.secrets { #expect(!(first.standardError + first.standardOutput).contains(secret)) }
      let config = try #require(try Files.readTextIfPresent(machine.path.appending("config.yaml")))
      #expect(config.contains("managed: false"))
      for secret in servers.secrets { #expect(!config.contains(secret)) }
      #expect(try await machine.run("prepare").standardOutput.hasPrefix("Nothing to do"))

      let status = try await machine.run("status")
      #expect(status.status == 0, "\(status.standardOutput)")
      #expect(status.standardOutput.contains("127.0.0.1:\(servers.postgres.endpoint.port) (attached)"))
      #expect(status.standardOutput.contains("\(servers.redis.seeds[0]) (attached)"))
      #expect(status.standardOutput.contains("0 databases"))
      let services = try await machine.run("service", "list").standardOutput
      #expect(services.contains("storage") && !services.contains("postgresql") && services.contains("redis-proxy"))
      #expect(!services.contains(/redis-[0-9]/))
      #expect(try await machine.run("service", "stop", "postgresql").status == ExitStatus.usage.rawValue)

      let app = try await machine.giveApp()
      try await app.write("kept")
      #expect(try await app.read() == "kept")
      #expect(try await machine.run("status").standardOutput.contains("1 database,"))
      #expect(try await machine.run(["db", "url"] + app.options).standardOutput.hasSuffix("?sslmode=disable\n"))
      let values = ["app", "values", "wiki", "--owner", "alice", "--output"]
      #expect(try await machine.run(values + ["helm-values"]).standardOutput.contains("sslmode: disable"))
      #expect(try await machine.run(values + ["env"]).standardOutput.contains("POSTGRES_SSLMODE=disable\n"))

      let ended = try await machine.run("uninstall", "--delete-data", "--confirm-root", machine.root.string)
      #expect(ended.status == 0, "\(ended.standardError)")
      #expect(ended.standardError.contains("PostgreSQL at 127.0.0.1:\(servers.postgres.endpoint.port)"))
      #expect(ended.standardError.contains("wiki_alice_wiki"))
      #expect(try machine.traces().isEmpty)
      let session = try await AdminSession.connect(to: servers.postgres.endpoint)
      #expect(try await session.databases().map(\.database.name) == ["wiki_alice_wiki"])
      #expect(try await session.roles().count == 1)
      await session.close()
      let namespaces = RedisNamespaceService(cluster: servers.redis.cluster())
      #expect(try await namespaces.list().count == 1)
    }
  }

  @Test func everyVerbAboutDatabasesWorksWithALesserAccount() async throws {
    try await withServers { machine, servers in
      #expect(try await machine.run(servers.prepare()).status == 0)
      #expect(try await machine.run("db", "check").status == ExitStatus.partlyDone.rawValue)
      // As it was told to.
      try await servers.postgres.asAdministrator(
        "GRANT CONNECT ON DATABASE postgres TO guest", "REVOKE CONNECT, TEMPORARY ON DATABASE postgres FROM PUBLIC",
        "REVOKE CONNECT, TEMPORARY ON DATABASE template1 FROM PUBLIC")
      let manifest = machine.path.appending("OlaresManifest.yaml")
      try AtomicFile.write(Self.manifest, to: manifest)
      let target = ["--app", "wiki", "--owner", "alice"]
      let database = "wiki_alice_main"
      for (arguments, shown) in [
        (["app", "apply", manifest.string, "--owner", "alice", "--output", "json"], database),
        (["app", "apply", manifest.string, "--owner", "alice"], ""), (["db", "list"], database),
        (["db", "show"] + target, database), (["db", "rotate"] + target, ""), (["db", "check"], ""),
        (["db", "drop", "--name", "side", "--yes"] + target, "wiki_alice_side"),
        (["app", "remove", "wiki", "--owner", "alice", "--yes"], ""),
      ] { try await expectSuccess(arguments, shown, machine) }

      let create = ["db", "create", "postgres", "--name", "main"] + target
      let refused = try await machine.run(create)
      #expect(refused.status == ExitStatus.notPermitted.rawValue, "\(refused.standardError)")
      #expect(refused.standardError.contains("db create postgres --app wiki --owner alice --name NAME --adopt"))
      try await expectSuccess(create + ["--adopt"], database, machine)
      try await expectSuccess(["app", "remove", "wiki", "--owner", "alice", "--delete-data", "--yes"], "", machine)
      let session = try await AdminSession.connect(to: servers.postgres.endpoint)
      #expect(try await session.databases().isEmpty)
      #expect(try await session.roles().isEmpty)
      await session.close()
    }
  }

  private func expectSuccess(_ arguments: [String], _ shown: String, _ machine: PreparedScratch) async throws {
    let run = try await machine.run(arguments)
    #expect(run.status == 0, "\(arguments): \(run.standardOutput)\(run.standardError)")
    #expect(shown.isEmpty || run.standardOutput.contains(shown), "\(arguments): \(run.standardOutput)")
  }

  private static let manifest = """
    olaresManifest.version: '0.12.0'
    olaresManifest.type: app
    metadata: {name: wiki, title: wiki, description: An app, icon: https://example.org/icon.png, version: 1.0.0}
    entrances:
    - {name: wiki, host: wiki, port: 80, title: wiki}
    spec: {requiredMemory: 64Mi, limitedMemory: 1Gi, requiredDisk: 1Mi, requiredCpu: 10m, limitedCpu: 0.75}
    options:
      dependencies: [{name: olares, type: system, version: '>=1.12.0-0'}]
    middleware:
      postgres:
        username: wiki
        databases:
        - {name: main, extensions: [pg_trgm], scripts: [CREATE TABLE note (id int)]}
        - {name: side}

    """

  @Test func anAccountThatCannotProvisionIsRefused() async throws {
    try await withServers { machine, servers in
      try await servers.makeAccount("reader", "CREATEDB")
      let refused = try await machine.run(servers.prepare(as: "reader"))
      #expect(refused.status == ExitStatus.notPermitted.rawValue, "\(refused.standardError)")
      #expect(refused.standardError.contains("ALTER ROLE \"reader\" CREATEROLE CREATEDB INHERIT"))
      #expect(!Files.exists(machine.path.appending("config.yaml")))
    }
  }

  @Test func whoMayClosesTheServersOwnDatabasesToApps() async throws {
    try await withServers { machine, servers in
      try await servers.makeAccount("full", "SUPERUSER")
      let done = try await machine.run(servers.prepare(as: "full"))
      #expect(done.status == 0, "\(done.standardError)")
      #expect(!done.standardError.contains("every app can enter"))
      let guest = servers.postgres.endpoint.login(
        user: "guest", password: Secret(servers.secrets[0]), database: "template1")
      let shut = await #expect(throws: Problem.self) { try await AdminSession.connect(to: guest) }
      #expect(shut?.exitStatus == .notPermitted)

      // Opened again by somebody: the next run closes it.
      try await servers.postgres.asAdministrator("GRANT CONNECT ON DATABASE template1 TO PUBLIC")
      #expect(try await machine.run("prepare", "--dry-run").standardOutput.contains("PostgreSQL"))
      #expect(try await machine.run("prepare").status == 0)
      await #expect(throws: Problem.self) { try await AdminSession.connect(to: guest) }
      #expect(try await machine.run("prepare").standardOutput.hasPrefix("Nothing to do"))
    }
  }

  @Test func aNewPasswordIsTakenOverOnceItIsGood() async throws {
    try await withServers { machine, servers in
      #expect(try await machine.run(servers.prepare()).status == 0)
      let wrong = machine.path.appending("wrong.txt")
      try AtomicFile.write("not the password\n", to: wrong)
      let refused = try await machine.run("prepare", "--postgres-password-file", wrong.string)
      #expect(refused.status == ExitStatus.notPermitted.rawValue, "\(refused.standardError)")
      #expect(try await machine.run("status").status == 0)

      try await servers.postgres.asAdministrator("ALTER ROLE guest PASSWORD 'another password'")
      #expect(try await machine.run("status").status == ExitStatus.unavailable.rawValue)
      let taken = try await machine.run(["prepare"], environment: ["OLARES_POSTGRES_PASSWORD": "another password"])
      #expect(taken.status == 0, "\(taken.standardError)")
      #expect(try await machine.run("status").status == 0)
    }
  }

  @Test func aServerThatCannotBeReachedIsSaidBeforeAnythingIsOnRecord() async throws {
    try await withServers { machine, servers in
      let failed = try await machine.run(servers.prepare(port: Ports.free()))
      #expect(failed.status == ExitStatus.unavailable.rawValue, "\(failed.standardError)")
      #expect(!Files.exists(machine.path.appending("config.yaml")))
      #expect(try await machine.run(servers.prepare()).status == 0)
    }
  }
}
