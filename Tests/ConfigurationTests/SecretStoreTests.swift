import Core
import Glibc
import SystemPackage
import TestServers
import Testing

@testable import Configuration

@Suite struct SecretStoreTests {
  private func instance(_ app: String, _ owner: String) throws -> AppInstance {
    AppInstance(app: try AppName(app), owner: try Owner(owner))
  }

  @Test func secretsComeBackAndOnlyRootCanReadThem() async throws {
    try await Scratch.with { scratch in
      let store = SecretStore(baseDirectory: scratch.path)
      let wiki = try instance("wiki", "alice")
      let secrets = AppSecrets(
        postgres: .init(
          username: "wiki_alice_wiki", password: Secret("p: #'\"\n"), databases: ["Wiki": "wiki_alice_wiki"]),
        redis: ["db0": .init(password: .random())])
      try store.save(secrets, of: wiki)
      #expect(try store.secrets(of: wiki) == secrets)
      #expect(mode(scratch.path.appending("secrets/alice/wiki.yaml")) == 0o600)
      #expect(mode(scratch.path.appending("secrets/alice")) == 0o700)
      #expect(mode(scratch.path.appending("secrets")) == 0o700)
    }
  }

  @Test func ownersAndAppsDoNotMix() async throws {
    try await Scratch.with { scratch in
      let store = SecretStore(baseDirectory: scratch.path)
      let known = try [("wiki", "al"), ("wiki", "al-ice"), ("files", "al")].map { try instance($0.0, $0.1) }
      for (index, instance) in known.enumerated() {
        try store.save(AppSecrets(redis: ["db\(index)": .init(password: .random())]), of: instance)
      }
      #expect(try store.instances() == known.sorted())
      for (index, instance) in known.enumerated() {
        #expect(try store.secrets(of: instance).redis.keys.first == "db\(index)")
      }
    }
  }

  @Test func nothingToKeepLeavesNoFile() async throws {
    try await Scratch.with { scratch in
      let store = SecretStore(baseDirectory: scratch.path)
      let wiki = try instance("wiki", "alice")
      try store.save(AppSecrets(redis: ["db0": .init(password: .random())]), of: wiki)
      try store.save(AppSecrets(), of: wiki)
      #expect(try store.instances().isEmpty)
      #expect(try store.secrets(of: wiki).isEmpty)
    }
  }

  @Test func serverSecretsAreNoAppsSecrets() async throws {
    try await Scratch.with { scratch in
      let store = SecretStore(baseDirectory: scratch.path)
      var servers = SecretStore.ServerSecrets()
      servers.postgresAdmin = StoredSecret(.random())
      try store.save(servers)
      #expect(try store.serverSecrets() == servers)
      #expect(try store.instances().isEmpty)
    }
  }

  private func mode(_ path: FilePath) -> mode_t {
    var status = stat()
    _ = path.withPlatformString { stat($0, &status) }
    return status.st_mode & 0o777
  }
}
