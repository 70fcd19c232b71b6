import Apps
import Configuration
import Core
import Glibc
import PostgreSQL
import Redis
import RedisNamespaces
import Storage
import SystemPackage
import TestServers
import Testing

@Suite(appServers) struct AppRemovalTests {
  @Test func whatIsKeptIsClosedToEverybody() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      var wish = try AppMachine.request(wiki)
      wish.storage = GrantTerms(userData: [try UserDataPath("Home/Documents")], appData: true, appCache: true)
      #expect(try await machine.apply(wish))
      let binding = try await machine.layer.binding(of: wiki)
      try await machine.write("kept", as: binding)
      let session = try await machine.login(binding)
      _ = try await session.query("SELECT 1")
      let view = machine.layer.grants.layout.view(of: wiki)
      #expect(Files.exists(view))

      #expect(try await machine.remove(wiki))

      await #expect(throws: Problem.self) { try await session.query("SELECT 1") }
      await session.close()
      await #expect(throws: Problem.self) {
        await
          (try TenantSession.connect(
            to: machine.postgres.endpoint, role: try RoleName(username: "app", of: wiki),
            password: try #require(binding.postgres?.password), database: try DatabaseName(database: "Main", of: wiki)))
          .close()
      }
      #expect(try await machine.layer.postgreSQL().roles(of: wiki).map(\.mayLogIn) == [false])
      #expect(try await machine.layer.postgreSQL().databases(of: wiki).count == 1)
      let namespace = try await machine.layer.namespaces().get(NamespaceID(wiki, NamespaceName("db0")))
      #expect(namespace.password == nil)
      #expect(try machine.layer.grants.find(wiki) == nil)
      #expect(!Files.exists(view))
      #expect(!machine.layer.secrets.exist(for: wiki))
      let data = try #require(binding.storage?.userspace.appData)
      #expect(Files.exists(FilePath(data).appending("note")))

      #expect(try await !machine.remove(wiki))
      let plan = try await AppRemover(machine.layer, wiki, deletingData: false, warn: { _ in }).plan()
      #expect(!plan.changesAnything)
      #expect(plan.keptData.map(\.kind) == [.directory, .namespace, .database])
    }
  }

  @Test(arguments: [false, true]) func nothingIsLeftWhenDataIsDeleted(afterKeeping: Bool) async throws {
    try await AppMachine.with { machine in
      let (wiki, other) = (try AppMachine.instance("wiki"), try AppMachine.instance("wiki"))
      #expect(try await machine.apply(AppMachine.request(wiki)))
      #expect(try await machine.apply(AppMachine.request(other)))
      let binding = try await machine.layer.binding(of: wiki)
      try await machine.write("gone", as: binding)
      try await machine.write("stays", as: try await machine.layer.binding(of: other))
      if afterKeeping { #expect(try await machine.remove(wiki)) }

      let plan = try await AppRemover(machine.layer, wiki, deletingData: true, warn: { _ in }).plan()
      #expect(plan.deletedData.map(\.kind) == [.directory, .namespace, .database])
      #expect(plan.deletedData.allSatisfy { ($0.bytes ?? $0.keys ?? 0) > 0 })
      #expect(try await machine.remove(wiki, deletingData: true))

      #expect(try await machine.traces(of: wiki).isEmpty)
      #expect(try machine.layer.grants.ownDirectories(of: wiki).isEmpty)
      let data = try #require(binding.storage?.userspace.appData)
      #expect(!Files.exists(FilePath(data)))
      #expect(try await !machine.remove(wiki, deletingData: true))
      #expect(try await machine.read(as: try await machine.layer.binding(of: other)) == ["stays", "stays", "stays"])
      // The name is free again, for anybody.
      #expect(try await machine.apply(AppMachine.request(wiki)))
    }
  }

  @Test func nothingOfHomeIsDeleted() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      let wish = AppRequest(wiki, storage: GrantTerms(userData: [try UserDataPath("Home")], appData: true))
      #expect(try await machine.apply(wish))
      let userspace = try #require(try Volumes(layout: machine.layer.grants.layout).find(.userspace, of: wiki.owner))
      let home = machine.layer.grants.layout.path(of: userspace).appending("Home")
      try AtomicFile.write("mine", to: home.appending("Documents").appending("letter"))
      let data = machine.layer.grants.layout.path(of: userspace).appending("Data").appending("wiki")
      try AtomicFile.write("the app's", to: data.appending("note"))
      #expect(try await machine.remove(wiki, deletingData: true))
      #expect(try Files.readTextIfPresent(home.appending("Documents").appending("letter")) == "mine")
      #expect(!Files.exists(data))
    }
  }

  @Test func aRemovalThatWasCutOffGoesOn() async throws {
    try await AppMachine.with { machine in
      for (deletesData, steps) in [(false, 0...3), (true, 0...5)] {
        for cut in steps {
          let wiki = try AppMachine.instance("wiki")
          #expect(try await machine.apply(AppMachine.request(wiki)))
          try await machine.write("value", as: try await machine.layer.binding(of: wiki))
          let remover = AppRemover(machine.layer, wiki, deletingData: deletesData, warn: { _ in })
          let work = Task {
            try await remover.remove { plan in
              { event in
                if case .began(let name) = event, name == plan.steps.dropFirst(cut).first?.name {
                  withUnsafeCurrentTask { $0?.cancel() }
                }
              }
            }
          }
          _ = await work.result
          #expect(cut == steps.upperBound || machine.layer.secrets.exist(for: wiki), "the secrets go last")
          _ = try await machine.remove(wiki, deletingData: deletesData)
          #expect(try await !machine.remove(wiki, deletingData: deletesData))
          #expect(!machine.layer.secrets.exist(for: wiki))
          let plan = try await AppRemover(machine.layer, wiki, deletingData: false, warn: { _ in }).plan()
          #expect(!plan.changesAnything)
          #expect(plan.keptData.count == (deletesData ? 0 : 3), "cut at \(cut)")
        }
      }
    }
  }

  @Test func lostSecretsAndLostDataDoNotStopIt() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(AppMachine.request(wiki)))
      let binding = try await machine.layer.binding(of: wiki)
      try await machine.write("value", as: binding)
      try AtomicFile.write(
        "not: [yaml",
        to: machine.baseDirectory.appending("secrets").appending(wiki.owner.name).appending("wiki.yaml"))
      #expect(try await machine.remove(wiki))
      #expect(!machine.layer.secrets.exist(for: wiki))

      let again = try AppMachine.instance("wiki")
      #expect(try await machine.apply(AppMachine.request(again)))
      let session = try await machine.layer.postgreSQL()
      let role = RoleRequest(name: try RoleName(username: "app", of: again), instance: again)
      try await session.drop(DatabaseName(database: "Main", of: again), role: role)
      try await session.drop(role.name, of: again)
      _ = try await machine.layer.namespaces().purge(NamespaceID(again, NamespaceName("db0")))
      let volumes = Volumes(layout: machine.layer.grants.layout)
      let volume = machine.layer.grants.layout.path(of: try #require(try volumes.find(.userspace, of: again.owner)))
      try await ChildProcess("rm", ["-r", volume.string]).check()
      #expect(try await machine.remove(again))
      #expect(try await machine.traces(of: again).isEmpty)
    }
  }

  @Test func anAppThatHasNothingIsRemovedAlready() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await !machine.remove(wiki))
      #expect(try await !machine.remove(wiki, deletingData: true))
    }
  }

  @Test func aServerThatIsDownLeavesEverythingAsItIs() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(AppMachine.request(wiki)))
      var installation = machine.layer.installation
      installation.redis.ports = [Ports.free()]
      let elsewhere = machine.scratch.path.appending("elsewhere")
      try Files.createDirectory(elsewhere)
      try installation.save(to: elsewhere)
      let secrets = SecretStore(baseDirectory: elsewhere)
      try secrets.save(try machine.layer.secrets.serverSecrets())
      let remover = AppRemover(
        try DataLayer(baseDirectory: elsewhere), wiki, deletingData: true, warn: { _ in })
      let problem = await #expect(throws: Problem.self) { try await remover.remove { _ in { _ in } } }
      #expect(problem?.exitStatus == .unavailable)
      #expect(try await !machine.apply(AppMachine.request(wiki)))
    }
  }

  @Test func aServerThatDiesInBetweenIsReportedAndTheRestGoesOn() async throws {
    let redis = try await RedisClusterServer()
    try await AppMachine.with(redis: redis) { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(AppMachine.request(wiki)))
      try await machine.write("kept", as: machine.layer.binding(of: wiki))
      let information = try await redis.connection(to: 0).command(["INFO", "server"]).text ?? ""
      let process = try #require(ServerInformation(information).integer("process_id"))
      let remover = AppRemover(machine.layer, wiki, deletingData: false, warn: { _ in })
      let problem = await #expect(throws: Problem.self) {
        try await remover.remove { _ in
          kill(pid_t(process), SIGKILL)
          return { _ in }
        }
      }
      #expect(problem?.exitStatus == .unavailable, "\(String(describing: problem))")
      #expect(problem?.hints.last?.contains("goes on from there") == true)
      #expect(try machine.layer.grants.find(wiki) == nil)
      #expect(machine.layer.secrets.exist(for: wiki))
      #expect(try await machine.layer.describe(wiki).state == .removalUnfinished)

      try await redis.start(0)
      try await redis.waitUntilServing(0)
      let again = AppMachine(
        scratch: machine.scratch, baseDirectory: machine.baseDirectory, postgres: machine.postgres,
        layer: try DataLayer(baseDirectory: machine.baseDirectory))
      #expect(try await again.remove(wiki))
      let description = try await again.layer.describe(wiki)
      #expect(description.state == .removed)
      #expect(description.leftBehind.count == 1)
      #expect(description.postgres.map(\.open) == [false])
      #expect(description.redis.map(\.open) == [false])
      #expect(await again.layer.inventory(owner: wiki.owner).entries.map(\.inUse) == [false])
      await expectProblem("left-behind") { try await again.layer.rotatePostgreSQLPassword(of: wiki, dryRun: false) }
      #expect(!again.layer.secrets.exist(for: wiki))
    }
    await redis.stop()
  }
}
