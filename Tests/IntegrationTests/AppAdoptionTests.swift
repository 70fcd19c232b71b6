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

@Suite(appServers) struct AppAdoptionTests {
  @Test func whatWasLeftBehindIsNobodysUntilItIsAdopted() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(AppMachine.request(wiki)))
      let before = try await machine.layer.binding(of: wiki)
      try await machine.write("kept", as: before)
      #expect(try await machine.remove(wiki))
      let closed = try await machine.traces(of: wiki)

      // Each part refuses for itself, and none of them is changed by the others'.
      let whole = try AppMachine.request(wiki)
      await expectProblem("left-behind") { try await machine.apply(whole) }
      await expectProblem("left-behind") { try await machine.apply(AppRequest(wiki, storage: whole.storage)) }
      await expectProblem("left-behind") { try await machine.apply(AppRequest(wiki, postgres: whole.postgres)) }
      await expectProblem("namespace-has-data") { try await machine.apply(AppRequest(wiki, redis: whole.redis)) }
      await expectProblem("left-behind") {
        try await machine.layer.postgreSQL().rotate(RoleName(username: "app", of: wiki), of: wiki, to: .random())
      }
      #expect(try await machine.traces(of: wiki) == closed)

      #expect(try await machine.apply(whole, adopting: true))
      let after = try await machine.layer.binding(of: wiki)
      #expect(try await machine.read(as: after) == ["kept", "kept", "kept"])
      #expect(after.postgres?.password != before.postgres?.password)
      #expect(after.redis["db0"]?.password != before.redis["db0"]?.password)
      let role = try RoleName(username: "app", of: wiki)
      #expect(try await !machine.layer.postgreSQL().accepts(#require(before.postgres).password, of: role))
      #expect(try await !machine.apply(whole, adopting: true))
      #expect(try await !machine.apply(whole))
    }
  }

  @Test func anAdoptionThatFailsIsClosedAgain() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(AppMachine.request(wiki)))
      try await machine.write("kept", as: try await machine.layer.binding(of: wiki))
      #expect(try await machine.remove(wiki))
      let closed = try await machine.traces(of: wiki)

      var failing = try AppMachine.request(wiki)
      failing.postgres?.databases.append(
        try DatabaseRequest(writtenName: "Broken", of: wiki, scripts: ["SELECT 1/0"]))
      await expectProblem("script-failed") { try await machine.apply(failing, adopting: true) }
      try await expectClosed(wiki, machine, as: closed)

      // The same after a run that was killed in between: what it had opened is on record.
      let session = try await machine.layer.postgreSQL()
      let role = RoleRequest(name: try RoleName(username: "app", of: wiki), instance: wiki)
      let password = Secret.random()
      try machine.layer.secrets.save(
        AppSecrets(postgres: .init(username: role.name.name, password: password)), of: wiki)
      _ = try await session.provision(role, password: password, adopting: true)
      let journal = Journal(
        directory: machine.baseDirectory.appending("journal"), name: "app-\(wiki.owner)-\(wiki.app)")
      let killed = Step(
        "adopt postgres role", check: { nil }, perform: { throw Problem("killed", .failed, "killed") }, undo: {})
      await expectProblem("killed") { try await journal.run([killed], onFailure: .keep) }
      await expectProblem("script-failed") { try await machine.apply(failing, adopting: true) }
      try await expectClosed(wiki, machine, as: closed)

      #expect(try await machine.apply(AppMachine.request(wiki), adopting: true))
      #expect(try await machine.read(as: machine.layer.binding(of: wiki)) == ["kept", "kept", "kept"])
    }
  }

  private func expectClosed(_ instance: AppInstance, _ machine: AppMachine, as traces: [String]) async throws {
    #expect(try await machine.traces(of: instance) == traces)
    #expect(try await machine.layer.postgreSQL().roles(of: instance).map(\.mayLogIn) == [false])
    #expect(try await machine.layer.namespaces().get(NamespaceID(instance, NamespaceName("db0"))).password == nil)
    #expect(!machine.layer.secrets.exist(for: instance))
  }

  @Test func aRoleThatOwnsNothingIsNotLeftBehind() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(AppMachine.request(wiki)))
      let session = try await machine.layer.postgreSQL()
      try await session.drop(
        DatabaseName(database: "Main", of: wiki),
        role: RoleRequest(name: try RoleName(username: "app", of: wiki), instance: wiki))
      #expect(try await machine.remove(wiki))
      #expect(try await session.roles(of: wiki).isEmpty)
      #expect(try await machine.apply(AppMachine.request(wiki)))
    }
  }

  @Test func lostSecretsHaveAWayOut() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      let whole = try AppMachine.request(wiki)
      #expect(try await machine.apply(whole))
      try await machine.write("kept", as: try await machine.layer.binding(of: wiki))
      try machine.layer.secrets.remove(of: wiki)

      await expectProblem("secret-lost") { try await machine.apply(AppRequest(wiki, postgres: whole.postgres)) }
      await expectProblem("secret-lost") { try await machine.apply(AppRequest(wiki, redis: whole.redis)) }
      // Adopting is no way around it: the app that has these may still run.
      await expectProblem("secret-lost") { try await machine.apply(whole, adopting: true) }
      _ = try await machine.layer.rotatePostgreSQLPassword(of: wiki, dryRun: false)
      let id = NamespaceID(wiki, try NamespaceName("db0"))
      _ = try await machine.layer.rotateNamespacePassword(of: id, dryRun: false)
      _ = try await machine.apply(whole)
      #expect(try await !machine.apply(whole))
      #expect(try await machine.read(as: machine.layer.binding(of: wiki)) == ["kept", "kept", "kept"])
    }
  }

  @Test func dataThatIsGoneIsMadeAnewWithTheSecretsOnRecord() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      let whole = try AppMachine.request(wiki)
      #expect(try await machine.apply(whole))
      let before = try machine.layer.secrets.secrets(of: wiki)
      let session = try await machine.layer.postgreSQL()
      let role = RoleRequest(name: try RoleName(username: "app", of: wiki), instance: wiki)
      try await session.drop(DatabaseName(database: "Main", of: wiki), role: role)
      try await session.drop(role.name, of: wiki)
      _ = try await machine.layer.namespaces().purge(NamespaceID(wiki, NamespaceName("db0")))

      #expect(try await machine.apply(whole))
      // A running app knows these passwords; they open nothing but what is empty.
      #expect(try machine.layer.secrets.secrets(of: wiki) == before)
      try await machine.write("new", as: try await machine.layer.binding(of: wiki))
    }
  }
}
