import Configuration
import Core
import Glibc
import Hosting
import SystemPackage

// What the servers' steps have in common.

extension Instance {
  /// Whether the services are set up as described, run and answer.
  func isServing(_ definitions: [ServiceDefinition]) async throws -> Bool {
    guard try services.outdated(definitions).isEmpty else { return false }
    for state in try await services.states(of: definitions) where state.condition != .running { return false }
    for definition in definitions where try await !definition.isReady() { return false }
    return try await servesRedis(among: definitions)
  }

  /// Sets the services up and starts them; those that ran with another description or configuration start anew.
  func bringUp(_ definitions: [ServiceDefinition], restarting: Bool = false) async throws {
    let outdated = try services.outdated(definitions)
    let running = try await services.states(of: definitions).filter { $0.condition == .running }.map(\.name)
    try await services.install(definitions)
    let stale = definitions.filter { running.contains($0.name) && (restarting || outdated.contains($0.name)) }
    try await services.stop(stale)
    try await services.start(definitions)
  }

  /// The server's password: the one on record, or a new one, which is on record before anything uses it.
  /// - Throws: `Problem` `secret-lost` where there is data that only the lost password opens.
  func preparedSecret(
    _ key: any WritableKeyPath<SecretStore.ServerSecrets, StoredSecret?> & Sendable, existingData: Bool,
    of server: String
  ) async throws -> Secret {
    var known = try secrets.serverSecrets()
    if let secret = known[keyPath: key]?.secret { return secret }
    if existingData { throw secretLost(server) }
    let secret = Secret.random()
    known[keyPath: key] = StoredSecret(secret)
    try secrets.save(known)
    return secret
  }

  func passwordMissing(_ server: String, isManaged: Bool) -> Problem {
    if isManaged { return secretLost(server) }
    let option = server == "Redis" ? "--redis-password-file" : "--postgres-password-file"
    return Problem(
      "secret-lost", .notPrepared,
      "the password of the attached \(server) is not under \(baseDirectory)/secrets",
      hint: "give it once more: olares-cli prepare \(option) FILE")
  }

  func secretLost(_ server: String) -> Problem {
    // What is prepared cannot be given another root.
    let isPrepared = (try? Installation.loadIfPresent(from: baseDirectory)) ?? nil != nil
    let place = isPrepared ? "--separate --base-dir DIR --root DIR" : "--root DIR"
    return Problem(
      "secret-lost", .notPrepared,
      "there is data of \(server) below \(root), but its password is not under \(baseDirectory)/secrets",
      hint: "restore \(baseDirectory)/secrets/servers.yaml from a backup, then run olares-cli prepare again",
      "start anew beside the old data: olares-cli prepare \(place)")
  }

  func give(_ path: FilePath, to account: String) throws(Problem) {
    guard let account = UserAccount(named: account) else {
      throw Problem(
        "no-account", .notPrepared, "there is no account \(account) on this machine",
        hint: "its package makes it: apt-get install --reinstall postgresql-common redis-server")
    }
    if path.withPlatformString({ lchown($0, account.userID, account.groupID) }) != 0 {
      throw Problem(Errno(rawValue: errno), "set the owner of", path)
    }
  }
}
