import Apps
import Configuration
import Core
import Manifest
import PostgreSQL
import Redis
import RedisNamespaces
import Storage
import SystemPackage
import TestServers
import Testing

@Suite(appServers) struct AppConcurrencyTests {
  @Test func twentyAppliesOfOneAppAtOnceAgree() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      let changed = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<20 { group.addTask { try await applyPatiently(AppMachine.request(wiki), machine) } }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(changed == 1)
      #expect(try await machine.traces(of: wiki).count == 6)
      try await machine.write("value", as: machine.layer.binding(of: wiki))
    }
  }

  /// On a busy machine the last of them wait longer than an apply does.
  private func applyPatiently(_ request: AppRequest, _ machine: AppMachine) async throws -> Bool {
    while true {
      do {
        return try await machine.apply(request)
      } catch let problem as Problem where problem.code == "locked" {
        #expect(problem.exitStatus == .busy && problem.isTransient)
      }
    }
  }

  @Test func twentyAppliesOfDifferentAppsAtOnceKeepThemApart() async throws {
    try await AppMachine.with { machine in
      // Of one owner, so that they share a volume that the first of them creates.
      let owner = try AppMachine.instance("wiki").owner
      let instances = try (0..<20).map { AppInstance(app: try AppName("app\($0)"), owner: owner) }
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for instance in instances { group.addTask { try await machine.apply(AppMachine.request(instance)) } }
        for try await changed in group { #expect(changed) }
      }
      var passwords: Set<Secret> = []
      for instance in instances {
        let binding = try await machine.layer.binding(of: instance)
        try await machine.write("\(instance.app)", as: binding)
        passwords.formUnion([binding.postgres?.password, binding.redis["db0"]?.password].compactMap(\.self))
      }
      #expect(passwords.count == 40)
      for instance in instances {
        let value = "\(instance.app)"
        #expect(try await machine.read(as: machine.layer.binding(of: instance)) == [value, value, value])
      }
      #expect(try Volumes(layout: machine.layer.grants.layout).all(.userspace).count == 1)
    }
  }

  /// What the market has for calendar and Dify: everybody who installs one of them knows the passwords of all others.
  @Test(arguments: ["calendar", "difyv2", "difyv3"])
  func publicPasswordsOpenNothing(app: String) async throws {
    let tests = FilePath(#filePath).removingLastComponent().removingLastComponent()
    let file = tests.appending("Fixtures").appending("manifests").appending(app)
    try await AppMachine.with { machine in
      var bindings: [AppBinding] = []
      for _ in 0..<2 {
        let owner = try AppMachine.instance(app).owner
        let request = try AppRequest(ManifestFile.load(file, for: owner).manifest, for: owner)
        #expect(request.isWhole)
        #expect(try await machine.apply(request))
        #expect(try await !machine.apply(request))
        bindings.append(try await machine.layer.binding(of: request.instance))
      }
      for (own, other) in [(bindings[0], bindings[1]), (bindings[1], bindings[0])] {
        let role = try #require(own.postgres)
        let session = try await machine.layer.postgreSQL()
        let name = try #require(try await session.roles(of: own.instance).first).role
        // Stock clients, since our own would mask such words in every other test's messages from then on.
        for password in ["password", "dify", "calendar", app] {
          let psql = try await ChildProcess(
            "psql", ["-h", role.host, "-p", "\(role.port)", "-U", name.name, "-d", "postgres", "-c", "SELECT"],
            environment: ["PGPASSWORD": password]
          ).run()
          #expect(psql.standardError.contains("authentication failed"))
        }
        #expect(try await session.accepts(role.password, of: name))
        let foreign = try #require(try await session.databases(of: other.instance).first).database
        await #expect(throws: Problem.self) {
          try await TenantSession.connect(
            to: machine.postgres.endpoint, role: name, password: role.password, database: foreign)
        }
        #expect(try await !session.accepts(#require(other.postgres).password, of: name))
        let (redis, foreignRedis) = (try #require(own.redis.first?.value), try #require(other.redis.first?.value))
        #expect(redis.password != foreignRedis.password)
        let connection = try await RedisConnection.open(
          RedisEndpoint(host: redis.host, port: redis.port),
          credentials: RedisCredentials(username: redis.username, password: redis.password))
        #expect(try await connection.command(["SET", "\(redis.prefix)k", app]).text == "OK")
        await #expect(throws: Problem.self) { try await connection.command(["GET", "\(foreignRedis.prefix)k"]) }
        for password in ["password", "dify", app] {
          let client = try await ChildProcess(
            "redis-cli", ["-h", redis.host, "-p", "\(redis.port)", "--user", redis.username, "PING"],
            environment: ["REDISCLI_AUTH": password]
          ).run()
          #expect(client.standardError.contains("WRONGPASS"))
        }
        #expect(own.storage?.userspace.appData != other.storage?.userspace.appData)
      }
    }
  }
}
