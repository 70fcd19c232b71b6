package import Configuration
package import Core
import FoundationEssentials
package import Hosting
package import Logging
import PostgreSQL
import Redis
import Storage
package import SystemPackage

/// Makes a machine ready: packages, directories, PostgreSQL, a Redis Cluster, and services that keep them running.
///
/// Every step finds out by itself whether it is done, so a run that was killed is finished by the next one.
package struct Preparation: Sendable {
  package let instance: Instance
  package let machine: Machine
  /// What is prepared already; nil on a new machine, and after an uninstallation.
  package let present: Installation?
  /// What was uninstalled and left its data.
  let former: Installation?
  let options: PreparationOptions
  private let log: Logger?

  /// - Parameter executable: olares-cli as boot is to run it; this process's own by default.
  /// - Throws: `Problem` `prepared-differently` or `prepared-elsewhere` (cannot create), `bad-port` (usage).
  package init(
    _ options: PreparationOptions, baseDirectory: FilePath, executable: FilePath? = nil, log: Logger? = nil
  ) throws(Problem) {
    present = try Installation.loadIfPresent(from: baseDirectory)
    let elsewhere = try Pointer.load().map { FilePath($0.baseDirectory) }.flatMap { $0 == baseDirectory ? nil : $0 }
    former = present == nil ? try Installation.loadIfPresent(from: baseDirectory, .uninstalled) : nil
    let installation = try options.installation(present: present ?? former, prepared: Date.now)
    if let elsewhere, installation.separate != true {
      throw Problem(
        "prepared-elsewhere", .cannotCreate, "this machine is prepared with the base directory \(elsewhere)",
        hint: "use that one: --base-dir \(elsewhere)",
        "a second instance beside it: --separate --base-dir \(baseDirectory) --root DIR, with ports of its own")
    }
    if let elsewhere, present == nil, let other = try Installation.loadIfPresent(from: elsewhere),
      other.root == installation.root
    {
      throw Problem(
        "root-in-use", .cannotCreate, "\(other.root) belongs to the instance with the base directory \(elsewhere)",
        hint: "give the second instance a root of its own: --root DIR")
    }
    machine = try Machine.current()
    instance = Instance(
      baseDirectory: baseDirectory, installation: installation, executable: executable, log: log)
    self.options = options
    self.log = log
  }

  /// Looks at the machine; changes nothing.
  package func checks() throws(Problem) -> PreparationChecks {
    try PreparationChecks(
      of: instance, on: machine, hasData: !options.acceptsLostData && (present != nil || former != nil))
  }

  /// The names of the steps, and what each is about to bring about.
  package var plan: [(name: String, detail: String)] {
    let postgres = instance.installation.postgres
    let redis = instance.installation.redis
    let nodes = redis.ports.count
    let seeds = instance.redisEndpoints.map(\.description).joined(separator: " ")
    return [
      ("packages", plannedPackages.joined(separator: ", ")),
      ("directories", "\(instance.root) and \(instance.baseDirectory)"),
      (
        "PostgreSQL",
        postgres.managed
          ? "a database cluster of its own at \(postgres.host):\(postgres.port)"
          : "attached: the server at \(postgres.host):\(postgres.port), as \(postgres.admin)"
      ),
      (
        "Redis Cluster",
        redis.managed
          ? "\(nodes.of("node")) at \(redis.host), port" + redis.ports.map { " \($0)" }.joined()
          : "attached: the cluster of \(seeds), as \(redis.admin)"
      ),
      ("services", "started at boot by \(instance.supervisor.rawValue)"),
      ("Redis proxy", "where apps reach their namespaces: \(redis.proxy?.description ?? "nowhere")"),
    ]
  }

  /// Whether everything is as it should be.
  package func isDone() async throws -> Bool {
    guard present != nil else { return false }
    for step in steps() where try await step.check() == nil { return false }
    return true
  }

  /// Does what is not done yet.
  /// - Returns: whether anything was changed.
  /// - Throws: `Problem` `locked` (busy) while another run is at it, or what a step came to; what was done stays, and
  ///   the next run goes on from there.
  package func run(report: @Sendable (Journal.Event) -> Void) async throws -> Bool {
    // The root may lie beside it, and the servers' accounts have to get there.
    try Files.createDirectory(
      instance.baseDirectory.removingLastComponent(),
      mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
    try Files.createDirectory(instance.baseDirectory)
    let lock = try await FileLock.acquire(
      instance.baseDirectory.appending(Instance.lockName), purpose: "\(instance.baseDirectory)")
    // So that a run that is cut off can be taken back.
    if present == nil, former == nil { try instance.installation.save(to: instance.baseDirectory, as: .preparing) }
    let journals = instance.baseDirectory.appending("journal")
    try Files.createDirectory(journals)
    let changed = try await Journal(directory: journals, name: "prepare").run(
      steps(), onFailure: .keep, report: report)
    _ = consume lock
    return changed
  }

  private func steps() -> [Step] {
    [
      packagesStep, directoriesStep,
      instance.installation.postgres.managed ? instance.postgresStep(machine) : attachedPostgresStep,
      instance.installation.redis.managed ? instance.redisStep() : attachedRedisStep,
      servicesStep, instance.proxyStep,
    ]
  }

  private var supervisorPackages: [String] { Services.packages(for: instance.supervisor) }

  private var packages: Packages { Packages(packagedServices: ["redis-server"], log: log) }

  private var plannedPackages: [String] {
    [instance.installation.postgres.managed ? "PostgreSQL 15 or newer" : Self.clientLibrary] + otherPackages
  }

  /// libpq alone, for a server that is not ours.
  private static let clientLibrary = "libpq5"

  private var otherPackages: [String] {
    (instance.installation.redis.managed ? ["redis-server"] : []) + supervisorPackages
  }

  private var packagesStep: Step {
    Step("packages") {
      guard !packages.isUnfinished, let first = try installedPostgresPackage() else { return nil }
      let names = [first] + otherPackages
      let present = try await packages.installed(names)
      return names.allSatisfy { present[$0] != nil } ? names.joined(separator: " ") : nil
    } perform: {
      let isManaged = instance.installation.postgres.managed
      let names = [isManaged ? try await postgresPackage() : Self.clientLibrary] + otherPackages
      try await packages.install(names)
      return names.joined(separator: " ")
    }
  }

  private func installedPostgresPackage() throws(Problem) -> String? {
    guard instance.installation.postgres.managed else { return Self.clientLibrary }
    return try instance.postgresBinaries().map {
      "postgresql-\($0.removingLastComponent().lastComponent?.string ?? "")"
    }
  }

  /// What is installed or needed by the data, else the distribution's own version.
  private func postgresPackage() async throws -> String {
    if let package = try instance.postgresPackageForData() { return package }
    if let binaries = try ServerCluster.installedBinaries(),
      let version = binaries.removingLastComponent().lastComponent?.string
    {
      return "postgresql-\(version)"
    }
    let prefix = "postgresql-"
    let candidates = try await packages.dependencies(of: "postgresql").filter { $0.hasPrefix(prefix) }
    guard let package = candidates.first, let version = Int(package.dropFirst(prefix.count)), version >= 15 else {
      throw Problem(
        "postgres-too-old", .unavailable,
        "this system has no PostgreSQL 15 or newer\(candidates.first.map { ", only \($0)" } ?? "")",
        hint: "use Debian 12 or newer, or Ubuntu 24.04 or newer, or add PostgreSQL's own apt source")
    }
    return package
  }

  private var lacksPointer: Bool {
    get throws(Problem) {
      if instance.installation.separate == true { return false }
      return try Pointer.load() == nil
    }
  }

  private var directoriesStep: Step {
    let marker = RootMarker(baseDirectory: instance.baseDirectory)
    let own =
      ["journal", "logs", "secrets", "service"].map { instance.baseDirectory.appending($0) } + [
        instance.runDirectory.path
      ]
    return Step("directories") {
      guard instance.layout.isPrepared, own.allSatisfy(Files.isDirectory) else { return nil }
      if try lacksPointer || RootMarker.load(from: instance.root) != marker { return nil }
      return instance.root.string
    } perform: {
      for directory in own { try Files.createDirectory(directory) }
      _ = try instance.layout.createTree()
      if try RootMarker.load(from: instance.root) != marker { try marker.save(to: instance.root) }
      // From here on every account's olares-cli agrees on where this machine's base directory is.
      if try lacksPointer { try Pointer(baseDirectory: instance.baseDirectory).save() }
      return instance.root.string
    }
  }

  /// The services need what the steps before made; the proxy, which comes after them, also needs the configuration.
  private var servicesStep: Step {
    let describe = { @Sendable () throws -> String in
      try instance.serviceDefinitions().map(\.name).joined(separator: " ") + " by \(instance.supervisor.rawValue)"
    }
    return Step("services") {
      guard try Installation.loadIfPresent(from: instance.baseDirectory) == instance.installation,
        try await instance.isServing(instance.servicesBeforeProxy())
      else { return nil }
      return try describe()
    } perform: {
      try instance.installation.save(to: instance.baseDirectory)
      for stage in [.preparing, .uninstalled] as [Installation.Stage] {
        try Installation.remove(stage, from: instance.baseDirectory)
      }
      try await instance.services.install(try instance.servicesBeforeProxy())
      try await instance.start(try instance.servicesBeforeProxy())
      return try describe()
    }
  }
}
