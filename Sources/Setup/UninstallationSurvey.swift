import Configuration
import Core
import Hosting
import PostgreSQL
import Redis
import RedisNamespaces
import Storage
import SystemPackage

/// What there is that an uninstallation stops, keeps or deletes.
package struct UninstallationSurvey: Sendable, Encodable {
  package let host: String
  package let baseDirectory: String
  package let root: String?
  package let services: [String]
  /// Whose files there are.
  package let owners: [String]
  package let apps: Int
  package let databases: Int
  package let namespaces: Int
  /// False where a server could not be asked, so that there may be more of them.
  package let countsAreComplete: Bool
  package let places: [Place]
  /// Servers of others, where nothing is touched.
  package let attached: [Attached]
  /// Of Debian's, which stay.
  package let packages: [String]

  /// Data, and what it is.
  package struct Place: Sendable, Encodable {
    package let path: String
    package let holds: Contents
    /// Nil where it was not measured.
    package let bytes: Int?
  }

  /// What apps have on a server of others.
  package struct Attached: Sendable, Encodable {
    package let server: String
    /// What `left` are: `database` or `namespace`.
    package let what: String
    /// Their real names.
    package let left: [String]
  }

  package enum Contents: String, Sendable, Encodable {
    case files, caches, postgresql, redis, secrets
  }
}

extension Uninstallation {
  /// Looks at everything; changes nothing. Where a server does not answer, the records of the apps tell what it has.
  /// - Parameter measuring: also the sizes, which takes time where there are many files.
  package func survey(measuring: Bool) async throws -> UninstallationSurvey {
    let store = SecretStore(baseDirectory: baseDirectory)
    let recorded = try store.instances()
    var apps = Set(recorded)
    if let layout, layout.isPrepared {
      apps.formUnion(try Grants(layout: layout).list().map(\.instance))
    }
    let known = try recorded.map { ($0, try store.secrets(of: $0)) }
    let live = (databases: await liveDatabases(), namespaces: await liveNamespaces())
    let databases = live.databases ?? known.flatMap { $0.1.postgres?.databases.values.sorted() ?? [] }
    let namespaces = live.namespaces ?? known.flatMap { Self.names(of: $0.1.redis.keys.sorted(), of: $0.0) }
    let owners = try layout.map { Set(try Volumes(layout: $0).all(.userspace).map(\.owner.name)).sorted() } ?? []
    return UninstallationSurvey(
      host: try Machine.current().hostName, baseDirectory: baseDirectory.string, root: root?.string,
      services: try installedServices(), owners: owners, apps: apps.count,
      databases: databases.count, namespaces: namespaces.count,
      countsAreComplete: live.databases != nil && live.namespaces != nil,
      places: try await places(measuring: measuring), attached: attached(databases, namespaces),
      packages: try await installedPackages())
  }

  private func attached(_ databases: [String], _ namespaces: [String]) -> [UninstallationSurvey.Attached] {
    guard let installation, let instance else { return [] }
    var attached: [UninstallationSurvey.Attached] = []
    if !installation.postgres.managed {
      let address = "\(installation.postgres.host):\(installation.postgres.port)"
      attached.append(.init(server: "PostgreSQL at \(address)", what: "database", left: databases))
    }
    if !installation.redis.managed {
      let seeds = instance.redisEndpoints.map(\.description).joined(separator: " ")
      attached.append(.init(server: "Redis at \(seeds)", what: "namespace", left: namespaces))
    }
    return attached
  }

  private static func names(of namespaces: [String], of instance: AppInstance) -> [String] {
    namespaces.compactMap { try? NamespaceName($0) }.map { NamespaceID(instance, $0).realName }
  }

  private func liveDatabases() async -> [String]? {
    guard let instance, let password = try? instance.secrets.serverSecrets().postgresAdmin?.secret,
      let session = try? await AdminSession.connect(to: instance.postgresEndpoint(password: password))
    else { return nil }
    let databases = try? await session.databases()
    await session.close()
    return databases?.map(\.database.name)
  }

  private func liveNamespaces() async -> [String]? {
    guard let instance, let password = try? instance.secrets.serverSecrets().redisAdmin?.secret else { return nil }
    let service = RedisNamespaceService(cluster: instance.redisCluster(password: password))
    return try? await service.list().map(\.id.realName)
  }

  private var instance: Instance? {
    installation.map { Instance(baseDirectory: baseDirectory, installation: $0, log: log) }
  }

  private func places(measuring: Bool) async throws -> [UninstallationSurvey.Place] {
    var places: [(FilePath, UninstallationSurvey.Contents)] = []
    if let layout {
      places = [
        (layout.sharedFiles, .files), (layout.cache, .caches),
        (layout.databases.appending(Instance.postgresDirectoryName), .postgresql),
        (layout.databases.appending(Instance.redisDirectoryName), .redis),
      ]
    }
    places.append((secrets, .secrets))
    let present = places.filter { Files.exists($0.0) }
    let sizes = measuring ? try await Self.sizes(of: present.map(\.0)) : [:]
    return present.map { .init(path: $0.0.string, holds: $0.1, bytes: sizes[$0.0.string]) }
  }

  /// On their file systems, by du(1). None of `directories` lies in another one.
  private static func sizes(of directories: [FilePath]) async throws -> [String: Int] {
    var sizes: [String: Int] = [:]
    for directory in directories {
      // Files that go while it looks make its status 1.
      let measured = try await ChildProcess(
        "/usr/bin/du", ["--summarize", "--one-file-system", "--block-size=1", "--", directory.string]
      ).run()
      sizes[directory.string] = measured.standardOutput.split(separator: "\t").first.flatMap { Int($0) }
    }
    return sizes
  }

  private func installedPackages() async throws -> [String] {
    let versions = try Files.names(in: "/usr/lib/postgresql").map { "postgresql-\($0)" }
    let names = versions + ["redis-server"] + Services.packages(for: services.supervisor)
    return try await Packages(packagedServices: []).installed(names).keys.sorted()
  }
}
