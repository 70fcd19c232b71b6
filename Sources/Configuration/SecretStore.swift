package import Core
package import SystemPackage
import YAML

/// `<base-dir>/secrets`: a file for the servers' own accounts and one for each app instance, 0600 in 0700.
///
/// Nothing here is ever made anew while the data it opens exists; whoever creates data stores its secret first.
package struct SecretStore: Sendable {
  private let directory: FilePath

  package init(baseDirectory: FilePath) { directory = baseDirectory.appending("secrets") }

  /// The accounts of the servers themselves.
  package struct ServerSecrets: Codable, Sendable, Equatable {
    package var postgresAdmin: StoredSecret?
    package var redisAdmin: StoredSecret?
    /// What replicas log in to their master with.
    package var redisReplication: StoredSecret?
    /// What the namespace proxy's own passwords are made from. A new one does no harm: users learn it by `prepare`.
    package var redisProxy: StoredSecret?
    package init() {}
  }

  package func serverSecrets() throws(Problem) -> ServerSecrets {
    try load(ServerSecrets.self, from: serversFile) ?? ServerSecrets()
  }

  package func save(_ secrets: ServerSecrets) throws(Problem) { try save(secrets, to: serversFile) }

  /// What `instance` was given; empty when nothing was.
  package func secrets(of instance: AppInstance) throws(Problem) -> AppSecrets {
    try load(AppSecrets.self, from: file(of: instance)) ?? AppSecrets()
  }

  /// Replaces what is kept for `instance`; nothing to keep removes the file.
  package func save(_ secrets: AppSecrets, of instance: AppInstance) throws(Problem) {
    if secrets.isEmpty {
      try AtomicFile.remove(file(of: instance))
    } else {
      try save(secrets, to: file(of: instance))
    }
  }

  /// Whether anything is kept for `instance`, readable or not.
  package func exist(for instance: AppInstance) -> Bool { Files.exists(file(of: instance)) }

  /// Forgets what is kept for `instance`, for good also after a power cut.
  package func remove(of instance: AppInstance) throws(Problem) { try AtomicFile.remove(file(of: instance)) }

  /// Every app instance that something is kept for.
  package func instances() throws(Problem) -> [AppInstance] {
    var found: [AppInstance] = []
    for ownerName in try Files.names(in: directory) {
      guard let owner = try? Owner(ownerName), Files.isDirectory(directory.appending(ownerName)) else { continue }
      for fileName in try Files.names(in: directory.appending(ownerName)) where fileName.hasSuffix(".yaml") {
        guard let app = try? AppName(String(fileName.dropLast(5))) else { continue }
        found.append(AppInstance(app: app, owner: owner))
      }
    }
    return found.sorted()
  }

  /// No owner can be called so: an owner's name has no dot.
  private var serversFile: FilePath { directory.appending("servers.yaml") }

  private func file(of instance: AppInstance) -> FilePath {
    directory.appending(instance.owner.name).appending("\(instance.app).yaml")
  }

  private func load<Content: Decodable>(_ type: Content.Type, from path: FilePath) throws(Problem) -> Content? {
    guard let text = try Files.readTextIfPresent(path) else { return nil }
    return try YAMLDocument.decode(type, from: text, file: path)
  }

  private func save(_ content: some Encodable, to path: FilePath) throws(Problem) {
    try Files.createDirectory(path.removingLastComponent())
    try AtomicFile.write(try YAMLDocument.encode(content), to: path)
  }
}
