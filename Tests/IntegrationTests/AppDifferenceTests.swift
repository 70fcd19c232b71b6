import Apps
import Configuration
import Core
import PostgreSQL
import Redis
import RedisNamespaces
import Storage
import SystemPackage
import TestServers
import Testing

/// A changed manifest: what it asks for no longer is permission that ends, or data that stays.
@Suite(appServers) struct AppDifferenceTests {
  private func whole(_ instance: AppInstance) throws -> AppRequest {
    var request = try AppMachine.request(instance, extensions: ["pg_trgm"])
    request.isWhole = true
    request.storage = GrantTerms(
      userData: [try UserDataPath("Home/Documents"), try UserDataPath("Home/Music")], appData: true, appCache: true)
    request.postgres?.databases.append(try DatabaseRequest(writtenName: "Audit", of: instance))
    request.redis.append(.init(name: try NamespaceName("db1")))
    return request
  }

  private func less(_ instance: AppInstance) throws -> AppRequest {
    var request = try AppMachine.request(instance)
    request.isWhole = true
    request.storage = GrantTerms(userData: [try UserDataPath("Home/Music")], appCache: true)
    return request
  }

  private func plan(_ request: AppRequest, _ machine: AppMachine, pruning: Bool = false) async throws -> AppPlan {
    var policy = AppProvisioner.Policy()
    policy.prunes = pruning
    return try await AppProvisioner(machine.layer, policy: policy, warn: { _ in }).plan(request)
  }

  @Test func whatIsNotAskedForAnyMoreIsReportedAndKept() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(whole(wiki)))
      let binding = try await machine.layer.binding(of: wiki)
      try await machine.write("kept", as: binding)

      let plan = try await plan(less(wiki), machine)
      #expect(
        plan.items.filter { $0.state == .revoked }.map(\.name) == ["userData", "appData"], "\(plan.items)")
      #expect(plan.items.filter { $0.state == .notAskedFor }.map(\.name) == ["Audit", "pg_trgm", "db1"])
      #expect(plan.remarks.count == 4)
      #expect(plan.pruning.isEmpty)

      #expect(try await machine.apply(less(wiki)))
      #expect(try await !machine.apply(less(wiki)), "what is kept is no change")
      #expect(try await machine.layer.postgreSQL().databases(of: wiki).count == 2)
      #expect(try await machine.layer.namespaces(of: wiki).count == 2)
      let grant = try #require(try machine.layer.grants.find(wiki))
      #expect(grant.terms == (try less(wiki)).storage)
      let view = machine.layer.grants.layout.view(of: wiki)
      #expect(Files.exists(view.appending("Music")))
      #expect(!Files.exists(view.appending("Documents")))
      let data = try #require(binding.storage?.userspace.appData)
      #expect(try Files.readTextIfPresent(FilePath(data).appending("note")) == "kept")
      let extensions = try await machine.layer.postgreSQL().extensions(of: DatabaseName(database: "Main", of: wiki))
      #expect(extensions.contains { $0.name.name == "pg_trgm" })
    }
  }

  @Test func pruningDeletesWhatIsNotAskedForAndNothingElse() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(whole(wiki)))
      try await machine.write("kept", as: try await machine.layer.binding(of: wiki))
      let plan = try await plan(less(wiki), machine, pruning: true)
      #expect(plan.deleted.map(\.name) == ["Audit", "db1"])

      #expect(try await machine.apply(less(wiki), pruning: true))
      #expect(try await machine.layer.postgreSQL().databases(of: wiki).map(\.database.name).count == 1)
      #expect(try await machine.layer.namespaces(of: wiki).map(\.record.id.name.name) == ["db0"])
      let secrets = try machine.layer.secrets.secrets(of: wiki)
      #expect(secrets.postgres?.databases.keys.sorted() == ["Main"])
      #expect(secrets.redis.keys.sorted() == ["db0"])
      #expect(try await !machine.apply(less(wiki), pruning: true))

      var nothing = AppRequest(wiki)
      nothing.isWhole = true
      #expect(try await machine.apply(nothing))
      #expect(try await machine.layer.postgreSQL().databases(of: wiki).count == 1)
      #expect(try machine.layer.grants.list(owner: wiki.owner).isEmpty)
      #expect(try await machine.apply(nothing, pruning: true))
      #expect(try await machine.traces(of: wiki).isEmpty)
      #expect(try await !machine.apply(nothing, pruning: true))
    }
  }

  @Test func aConfirmationThatIsRefusedChangesNothing() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(whole(wiki)))
      let before = try await machine.traces(of: wiki)
      var policy = AppProvisioner.Policy()
      policy.prunes = true
      let provisioner = AppProvisioner(machine.layer, policy: policy, warn: { _ in })
      await expectProblem("not-confirmed") {
        try await provisioner.apply(less(wiki)) { _ in throw Problem("not-confirmed", .failed, "no") }
      }
      #expect(try await machine.traces(of: wiki) == before)
    }
  }

  @Test func verbsOfOnePartLeaveTheOthersAlone() async throws {
    try await AppMachine.with { machine in
      let wiki = try AppMachine.instance("wiki")
      #expect(try await machine.apply(whole(wiki)))
      let before = try await machine.traces(of: wiki)
      var one = try less(wiki)
      one.isWhole = false
      one.storage = GrantTerms()
      let plan = try await plan(one, machine, pruning: true)
      #expect(plan.items.map(\.state) == [.unchanged, .unchanged])
      #expect(try await !machine.apply(one, pruning: true))
      #expect(try await machine.traces(of: wiki) == before)
    }
  }
}
