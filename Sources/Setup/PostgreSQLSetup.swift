import Configuration
import Core
import Glibc
import Hosting
import PostgreSQL
import Storage
import SystemPackage

// PostgreSQL's part of an instance.

extension Instance {
  static let postgresDirectoryName = "postgres_data"
  var postgresHome: FilePath { layout.databases.appending(Self.postgresDirectoryName) }

  /// The major versions that there is data of.
  private func postgresVersionsWithData() throws(Problem) -> [Int] {
    try Files.names(in: postgresHome).compactMap { Int($0) }.sorted().filter {
      Files.exists(postgresHome.appending("\($0)").appending("PG_VERSION"))
    }
  }

  var hasPostgresData: Bool { get throws(Problem) { try !postgresVersionsWithData().isEmpty } }

  /// The package that is needed for the data there is; nil where any version will do.
  func postgresPackageForData() throws(Problem) -> String? {
    try postgresVersionsWithData().last.map { "postgresql-\($0)" }
  }

  /// The programs for the data there is, else the newest ones.
  func postgresBinaries() throws(Problem) -> FilePath? {
    guard let version = try postgresVersionsWithData().last else { return try ServerCluster.installedBinaries() }
    let directory = FilePath("/usr/lib/postgresql/\(version)/bin")
    return Files.exists(directory.appending("postgres")) ? directory : nil
  }

  func postgresCluster() throws(Problem) -> ServerCluster {
    guard let binaries = try postgresBinaries() else {
      let package = try postgresPackageForData() ?? "postgresql"
      throw Problem(
        "postgres-missing", .notPrepared, "PostgreSQL's programs are not installed",
        hint: "run olares-cli prepare again, or: apt-get install \(package)")
    }
    let version = binaries.removingLastComponent().lastComponent?.string ?? ""
    return ServerCluster(
      dataDirectory: postgresHome.appending(version), binaries: binaries, account: UserAccount(named: "postgres"))
  }

  func postgresService() throws(Problem) -> ServiceDefinition {
    let cluster = try postgresCluster()
    let settings = installation.postgres
    return ServiceDefinition(
      "postgresql", summary: "PostgreSQL of the Olares data layer",
      command: [cluster.binaries.appending("postgres").string, "-D", cluster.dataDirectory.string],
      account: "postgres", workingDirectory: cluster.dataDirectory, stopSignal: .interrupt,
      readiness: .command([
        cluster.binaries.appending("pg_isready").string, "-q", "-h", settings.host, "-p", "\(settings.port)",
        "-d", "postgres",
      ]))
  }

  func postgresEndpoint(password: Secret) -> PostgreSQLEndpoint {
    let settings = installation.postgres
    return PostgreSQLEndpoint(
      host: settings.host, port: settings.port, user: settings.admin, password: password,
      database: settings.database ?? "postgres", sslMode: settings.sslMode.flatMap { .init(rawValue: $0) } ?? .prefer,
      rootCertificate: settings.sslRootCertificate)
  }

  private var postgresSocket: FilePath { postgresHome.appending("socket") }

  private func postgresSettings(_ machine: Machine) -> ServerSettings {
    ServerSettings(
      port: installation.postgres.port, listenAddresses: [installation.postgres.host],
      adminRole: installation.postgres.admin, socketDirectory: postgresSocket, memory: machine.memory)
  }

  func postgresStep(_ machine: Machine) -> Step {
    Step("PostgreSQL") {
      guard try hasPostgresData, try postgresBinaries() != nil, try await isServing([try postgresService()]),
        let password = try secrets.serverSecrets().postgresAdmin?.secret
      else { return nil }
      let cluster = try postgresCluster()
      let settings = postgresSettings(machine)
      for (name, content) in [("postgresql.conf", settings.postgresqlConf), ("pg_hba.conf", settings.pgHbaConf)]
      where try Files.readTextIfPresent(cluster.dataDirectory.appending(name)) != content { return nil }
      return try await describePostgres(password)
    } perform: {
      let password = try await preparedSecret(\.postgresAdmin, existingData: hasPostgresData, of: "PostgreSQL")
      let cluster = try postgresCluster()
      let settings = postgresSettings(machine)
      let open: FilePermissions = [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute]
      try Files.createDirectory(postgresHome, mode: open)
      try Files.createDirectory(postgresSocket)
      try give(postgresSocket, to: "postgres")
      _ = try await cluster.initialize(settings: settings, password: password)
      let isReconfigured = try cluster.configure(settings) != .unchanged
      try await bringUp([try postgresService()], restarting: isReconfigured)
      return try await describePostgres(password)
    }
  }

  private func describePostgres(_ password: Secret) async throws -> String {
    let session = try await AdminSession.connect(to: postgresEndpoint(password: password))
    _ = try await session.secure()
    let facts = try await session.facts()
    await session.close()
    let checksums = facts.hasDataChecksums ? "checksums on" : "no checksums"
    return "\(facts.version), \(installation.postgres.host):\(installation.postgres.port), \(checksums), SCRAM"
  }
}
