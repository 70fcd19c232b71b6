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
  .enabled(
    if: UserAccount.isRoot && Files.exists("/usr/bin/runsvdir") && !Files.isDirectory("/run/systemd/system")
      && PostgreSQLServer.skipReason == nil && RedisClusterServer.skipReason == nil,
    "needs root, runit, PostgreSQL, redis-server and no systemd"))
struct AttachedTests {
  private struct Servers {
    let postgres: PostgreSQLServer
    let redis: RedisClusterServer
    let options: [String]
    let secrets: [String]
  }

  /// Both servers, with an account on PostgreSQL that is not the one that made it.
  private func withServers(_ body: (PreparedScratch, Servers) async throws -> Void) async throws {
    let postgres = try await PostgreSQLServer()
    let redis = try await RedisClusterServer()
    defer { postgres.stop() }
    try await SupervisedScratch.with { scratch in
      let machine = PreparedScratch(scratch)
      let password = "password of the guest"
      try await ChildProcess(
        "/usr/bin/psql",
        [
          "-h", "127.0.0.1", "-p", "\(postgres.endpoint.port)", "-U", postgres.endpoint.user, "-d", "postgres", "-qc",
          "CREATE ROLE guest LOGIN SUPERUSER PASSWORD '\(password)'",
        ], environment: ["PGPASSWORD": postgres.endpoint.password?.reveal() ?? ""]
      ).check()
      let redisPassword = redis.credentials.password.reveal()
      let files = [("postgres.txt", password), ("redis.txt", redisPassword)].map { name, content in
        (scratch.path.appending(name), content)
      }
      for (file, content) in files { try AtomicFile.write(content + "\n", to: file) }
      let options = [
        "--separate", "--root", machine.root.string,
        "--postgres-url", "postgresql://guest@127.0.0.1:\(postgres.endpoint.port)/postgres?sslmode=disable",
        "--postgres-password-file", files[0].0.string, "--redis-seed", redis.seeds[0].description,
        "--redis-username", redis.credentials.username ?? "", "--redis-password-file", files[1].0.string,
      ]
      try await body(
        machine, Servers(postgres: postgres, redis: redis, options: options, secrets: [password, redisPassword]))
    }
    await redis.stop()
  }

  @Test func appsWorkOnServersOfOthersAndLeaveThemAlone() async throws {
    try await withServers { machine, servers in
      let first = try await machine.run(["prepare"] + servers.options)
      #expect(first.status == 0, "\(first.standardError)")
      for secret in servers.secrets { #expect(!(first.standardError + first.standardOutput).contains(secret)) }
      let config = try #require(try Files.readTextIfPresent(machine.path.appending("config.yaml")))
      #expect(config.contains("managed: false"))
      for secret in servers.secrets { #expect(!config.contains(secret)) }
      #expect(try await machine.run("prepare").standardOutput.hasPrefix("Nothing to do"))

      let status = try await machine.run("status")
      #expect(status.status == 0, "\(status.standardOutput)")
      #expect(status.standardOutput.contains("127.0.0.1:\(servers.postgres.endpoint.port) (attached)"))
      #expect(status.standardOutput.contains("\(servers.redis.seeds[0]) (attached)"))
      let services = try await machine.run("service", "list").standardOutput
      #expect(services.contains("storage") && !services.contains("postgresql") && !services.contains("redis"))
      #expect(try await machine.run("service", "stop", "postgresql").status == ExitStatus.usage.rawValue)

      let app = try await machine.giveApp()
      try await app.write("kept")
      #expect(try await app.read() == "kept")

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

  @Test func aNewPasswordIsTakenOverOnceItIsGood() async throws {
    try await withServers { machine, servers in
      #expect(try await machine.run(["prepare"] + servers.options).status == 0)
      let wrong = machine.path.appending("wrong.txt")
      try AtomicFile.write("not the password\n", to: wrong)
      let refused = try await machine.run("prepare", "--postgres-password-file", wrong.string)
      #expect(refused.status == ExitStatus.notPermitted.rawValue, "\(refused.standardError)")
      #expect(try await machine.run("status").status == 0)

      try await ChildProcess(
        "/usr/bin/psql",
        [
          "-h", "127.0.0.1", "-p", "\(servers.postgres.endpoint.port)", "-U", "postgres", "-d", "postgres", "-qc",
          "ALTER ROLE guest PASSWORD 'another password'",
        ], environment: ["PGPASSWORD": servers.postgres.endpoint.password?.reveal() ?? ""]
      ).check()
      #expect(try await machine.run("status").status == ExitStatus.unavailable.rawValue)
      let taken = try await machine.run(["prepare"], environment: ["OLARES_POSTGRES_PASSWORD": "another password"])
      #expect(taken.status == 0, "\(taken.standardError)")
      #expect(try await machine.run("status").status == 0)
    }
  }

  @Test func aServerThatCannotBeReachedIsSaidBeforeAnythingIsOnRecord() async throws {
    try await withServers { machine, servers in
      var options = servers.options
      options[4] = "postgresql://guest@127.0.0.1:\(Ports.free())/postgres"
      let failed = try await machine.run(["prepare"] + options)
      #expect(failed.status == ExitStatus.unavailable.rawValue, "\(failed.standardError)")
      #expect(!Files.exists(machine.path.appending("config.yaml")))
      #expect(try await machine.run(["prepare"] + servers.options).status == 0)
    }
  }
}
