import Core
import Testing

@testable import Hosting

@Suite struct PackagesTests {
  @Test func countsOnlyWhatIsWhollyInstalled() {
    let listing = "runit\tinstalled\t2.1.2-54\nredis-server\tconfig-files\t5:7.0.15\nx\thalf-configured\t1\n"
    #expect(Packages.installed(in: listing) == ["runit": "2.1.2-54"])
  }

  @Test func readsDependencies() {
    let listing = """
      postgresql
        Depends: postgresql-15
       |Depends: a
        Depends: <virtual>
        PreDepends: z
      """
    #expect(Packages.dependencies(in: listing) == ["postgresql-15", "a", "<virtual>"])
  }

  /// What the policy answers is what decides whether a service starts, so the script itself is run.
  @Test(arguments: [
    (["redis-server", "start"], 101), (["redis-server.service", "start"], 101),
    (["--quiet", "redis-server", "start"], 101),
    (["ssh", "restart"], 0), (["--quiet", "ssh", "restart"], 0),
  ])
  func policyDeniesOnlyOurServices(arguments: [String], status: Int) async throws {
    let script = InstallGuard.script(services: ["redis-server"])
    let result = try await ChildProcess("/bin/sh", ["-c", script, "policy-rc.d"] + arguments).run()
    #expect(result.status == Int32(status))
  }

  @Test func policySaysWhatIsToBeUndone() {
    #expect(
      InstallGuard.services(inPolicy: InstallGuard.script(services: ["redis-server", "x"])) == ["redis-server", "x"])
    #expect(InstallGuard.services(inPolicy: InstallGuard.script(services: [])) == [])
    #expect(InstallGuard.services(inPolicy: "#!/bin/sh\nexit 101\n") == nil)
  }
}
