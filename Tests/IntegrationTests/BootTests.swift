import Core
import SystemPackage
import TestServers
import Testing

/// A machine under systemd: prepared, without power for a moment, uninstalled with its data kept, and without it.
@Suite(
  .enabled("needs mmdebstrap and systemd-nspawn, and to be allowed to start a container") {
    try await BootedMachine.isPossible()
  })
struct BootTests {
  private static let manifest = """
    olaresManifest.version: '0.10.0'
    olaresManifest.type: app
    metadata: {name: wiki, title: Wiki, description: A wiki, icon: https://example.org/icon.png, version: 1.0.0}
    entrances:
    - {name: wiki, host: wiki, port: 80, title: Wiki}
    spec: {requiredMemory: 64Mi, requiredDisk: 64Mi, requiredCpu: 10m, limitedMemory: 128Mi, limitedCpu: 100m}
    permission: {appData: true, appCache: true, userData: [Home]}
    middleware:
      postgres: {username: wiki, databases: [{name: wiki}]}
      redis: {namespace: db0}
    """

  @Test func standsAPowerCutAndIsTakenOffAgain() async throws {
    let machine = try await BootedMachine(executable: BuiltExecutable.path)
    do {
      try await follow(machine)
      await machine.stop()
    } catch {
      await machine.stop()
      throw error
    }
  }

  private func follow(_ machine: BootedMachine) async throws {
    func olares(_ arguments: String...) async throws -> String { try await olares(arguments) }
    func olares(_ arguments: [String]) async throws -> String {
      let result = try await machine.run(["olares-cli"] + arguments)
      #expect(result.succeeded, "\(arguments): \(result.standardError)")
      return result.standardOutput + result.standardError
    }
    try await machine.boot()
    try await machine.write(Self.manifest, to: "/root/OlaresManifest.yaml")
    let ports = [
      "--postgres-port", "\(Ports.free())", "--redis-port", "\(Ports.freeForRedisCluster())", "--redis-proxy-port",
      "\(Ports.free())",
    ]
    #expect(try await olares(["prepare"] + ports).contains("by systemd"))
    #expect(try await olares("prepare").contains("Nothing to do"))
    _ = try await olares("app", "apply", "/root/OlaresManifest.yaml", "--owner", "alice")
    let values = try await olares("app", "values", "wiki", "--owner", "alice")
    _ = try await olares("service", "restart", "postgresql")

    await machine.cutPower()
    try await machine.boot()
    // PostgreSQL first recovers what the power cut left unwritten.
    try await eventually { try await machine.run(["olares-cli", "status"]).succeeded }
    #expect(try await olares("prepare").contains("Nothing to do"))
    #expect(try await olares("app", "apply", "/root/OlaresManifest.yaml", "--owner", "alice").contains("Nothing to do"))
    #expect(try await olares("app", "values", "wiki", "--owner", "alice") == values)
    let mounts = try await machine.run(["findmnt", "--noheadings", "/olares/userdata/granted/alice/wiki"])
    #expect(mounts.standardOutput.contains("/Home"))
    let failed = try await machine.run(["systemctl", "--failed", "--quiet", "--no-legend"])
    #expect(failed.standardOutput.isEmpty)

    #expect(try await olares("uninstall", "--yes").contains("the data is kept"))
    let units = try await machine.run(["systemctl", "list-unit-files", "--no-legend", "olares-*"])
    #expect(units.standardOutput.isEmpty)
    #expect(try await olares("prepare").contains("by systemd"))
    #expect(try await olares("app", "values", "wiki", "--owner", "alice") == values)
    _ = try await olares("status")

    #expect(try await olares("uninstall", "--delete-data", "--confirm-root", "/olares").contains("deleted"))
    #expect(try await olares("uninstall", "--delete-data").contains("Nothing to do"))
    let left = try await machine.run(["ls", "-d", "/olares", "/etc/olares", "/root/.olares"])
    #expect(left.standardOutput.isEmpty)
  }
}
