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

@Suite(appServers) struct AppProvisioningTests {
  @Test func whatAnAppGetsWorksWithStockClients() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(AppMachine.request(wiki)))
      let binding = try await machine.layer.binding(of: wiki)

      let postgres = try #require(binding.postgres)
      let database = try #require(postgres.databases["Main"])
      let psql = try await ChildProcess(
        "psql",
        [
          "-h", postgres.host, "-p", "\(postgres.port)", "-U", postgres.username, "-d", database, "-Atc",
          "CREATE TABLE t (x int); INSERT INTO t VALUES (42); SELECT x FROM t",
        ], environment: ["PGPASSWORD": postgres.password.reveal()]
      ).check()
      #expect(psql.standardOutput.contains("42"))

      let redis = try #require(binding.redis["db0"])
      func redisCLI(_ arguments: [String]) async throws -> String {
        try await ChildProcess(
          "redis-cli",
          ["-h", redis.host, "-p", "\(redis.port)", "--user", redis.username, "--no-auth-warning"] + arguments,
          environment: ["REDISCLI_AUTH": redis.password.reveal()]
        ).check().standardOutput
      }
      #expect(try await redisCLI(["SET", redis.prefix + "k", "v"]).contains("OK"))
      #expect(try await redisCLI(["GET", redis.prefix + "k"]).contains("v"))
      #expect(try await redisCLI(["GET", "k"]).contains("NOPERM"))

      let appData = try #require(binding.storage?.userspace.appData)
      #expect(Files.isDirectory(FilePath(appData)))
    }
  }

  @Test func theSecondRunChangesNothing() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(AppMachine.request(wiki)))
      let before = try machine.layer.secrets.secrets(of: wiki)
      #expect(try await !machine.apply(AppMachine.request(wiki)))
      #expect(try machine.layer.secrets.secrets(of: wiki) == before)
    }
  }

  @Test func anExtensionThatIsNotThereLeavesNothingBehind() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      let problem = await #expect(throws: Problem.self) {
        try await machine.apply(AppMachine.request(wiki, extensions: ["no_such_extension"]))
      }
      #expect(problem?.code == "missing-extension", "\(String(describing: problem))")
      #expect(try await machine.traces(of: wiki).isEmpty)
    }
  }

  @Test func aStepThatFailsTakesBackAllBeforeIt() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      var wish = try AppMachine.request(wiki)
      // The script fails after the grant, the role and the database were made.
      wish.postgres?.databases[0].scripts = ["SELECT 1/0"]
      await #expect(throws: Problem.self) { try await machine.apply(wish) }
      #expect(try await machine.traces(of: wiki).isEmpty)
    }
  }

  @Test func twoOwnersOfOneAppShareNothing() async throws {
    try await AppMachine.with { machine in
      let (one, other) = (try AppMachine.instance("wiki"), try AppMachine.instance("wiki"))
      async let first = machine.apply(AppMachine.request(one))
      async let second = machine.apply(AppMachine.request(other))
      let changed = (try await first, try await second)
      #expect(changed == (true, true))
      let bindings = (try await machine.layer.binding(of: one), try await machine.layer.binding(of: other))
      #expect(bindings.0.postgres?.username != bindings.1.postgres?.username)
      #expect(bindings.0.postgres?.password != bindings.1.postgres?.password)
      #expect(bindings.0.redis["db0"]?.prefix != bindings.1.redis["db0"]?.prefix)
      #expect(bindings.0.storage?.userspace.appData != bindings.1.storage?.userspace.appData)
    }
  }

  @Test func dataWithoutItsSecretIsNotGivenANewOne() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(AppMachine.request(wiki)))
      try machine.layer.secrets.save(AppSecrets(), of: wiki)
      let problem = await #expect(throws: Problem.self) { try await machine.apply(AppMachine.request(wiki)) }
      #expect(problem?.code == "secret-lost")
      #expect(problem?.hints.first?.contains("db rotate postgres") == true)
    }
  }

  @Test func keptKeysAreTakenOverWhenAskedTo() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      let wish = AppRequest(wiki, redis: [.init(name: try NamespaceName("db0"))])
      let id = NamespaceID(wiki, try NamespaceName("db0"))
      #expect(try await machine.apply(wish))
      let prefix = try #require(try await machine.layer.redisBinding(of: wiki).redis["db0"]?.prefix)
      _ = try await machine.layer.redis().command(["SET", "\(prefix)key", "kept"], key: "\(prefix)key")
      #expect(try await machine.layer.deleteNamespace(id, purging: false).record != nil)
      #expect(try machine.layer.secrets.secrets(of: wiki).isEmpty)

      await expectProblem("namespace-has-data") { try await machine.apply(wish) }
      #expect(try machine.layer.secrets.secrets(of: wiki).isEmpty)
      // Nothing is taken over where another part cannot be had.
      await expectProblem("missing-extension") {
        var more = try AppMachine.request(wiki, extensions: ["no_such_extension"])
        more.redis = wish.redis
        return try await machine.apply(more, adopting: true)
      }
      #expect(try await machine.layer.namespaces().get(id).password == nil)

      #expect(try await machine.apply(wish, adopting: true))
      #expect(try await !machine.apply(wish, adopting: true))
      #expect(try await !machine.apply(wish))
      #expect(try await machine.layer.redisBinding(of: wiki).redis["db0"]?.prefix == prefix)
      #expect(try await machine.layer.namespaces(of: wiki).map(\.keys) == [1])

      let before = try machine.layer.secrets.secrets(of: wiki)
      _ = try await machine.layer.rotateNamespacePassword(of: id, dryRun: true)
      #expect(try machine.layer.secrets.secrets(of: wiki) == before)
      #expect(try await machine.layer.rotateNamespacePassword(of: id, dryRun: false).hasChanged)
      #expect(try machine.layer.secrets.secrets(of: wiki) != before)
      #expect(try await !machine.apply(wish))
      #expect(try await machine.layer.deleteNamespace(id, purging: true).record == nil)
      #expect(try await machine.traces(of: wiki).isEmpty)
    }
  }

  @Test func middlewareThatIsNotProvidedIsNamed() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      var wish = try AppMachine.request(wiki)
      wish.unavailable = [UnavailableNeed(kind: "mongodb", names: ["store"], location: nil)]
      let problem = await #expect(throws: Problem.self) { try await machine.apply(wish) }
      #expect(problem?.exitStatus == .unavailable)
      #expect(problem?.message.contains("mongodb (store)") == true)
      #expect(try await machine.traces(of: wiki).isEmpty)

      var policy = AppProvisioner.Policy()
      policy.skipsUnavailable = true
      #expect(try await AppProvisioner(machine.layer, policy: policy, warn: { _ in }).apply(wish) { _ in { _ in } })
    }
  }

  @Test func aScriptThatNeedsSuperuserIsRefusedBeforeAnythingIsMade() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      var wish = try AppMachine.request(wiki)
      wish.postgres?.databases[0].scripts = [
        "BEGIN;", "GRANT pg_read_all_data TO $dbusername WITH ADMIN OPTION;", "ALTER ROLE $dbusername CREATEROLE;",
        "COMMIT;",
      ]
      await expectProblem("script-needs-superuser") {
        try await AppProvisioner(machine.layer, warn: { _ in }).plan(wish)
      }
      var policy = AppProvisioner.Policy()
      policy.allowsSuperuserScripts = true
      let allowed = AppProvisioner(machine.layer, policy: policy, warn: { _ in })
      #expect(try await allowed.apply(wish) { _ in { _ in } })
      // They ran, and are not asked about again.
      _ = try await AppProvisioner(machine.layer, warn: { _ in }).plan(wish)
    }
  }
}
