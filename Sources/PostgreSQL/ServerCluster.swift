package import Core
import Glibc
package import SystemPackage

/// A data directory of PostgreSQL ("database cluster") on this machine.
package struct ServerCluster: Sendable {
  package let dataDirectory: FilePath
  /// The directory of `initdb` and `postgres`.
  package let binaries: FilePath
  /// The account that the server runs as; nil for ours. PostgreSQL refuses to run as root.
  package let account: UserAccount?

  package init(dataDirectory: FilePath, binaries: FilePath, account: UserAccount?) {
    self.dataDirectory = dataDirectory
    self.binaries = binaries
    self.account = account
  }

  /// Debian's newest PostgreSQL from 15 on; nil where there is none.
  package static func installedBinaries(under root: FilePath = "/usr/lib/postgresql") throws(Problem) -> FilePath? {
    let versions = try Files.names(in: root).compactMap { Int($0) }.filter { $0 >= 15 }.sorted(by: >)
    return versions.map { root.appending("\($0)").appending("bin") }
      .first { Files.exists($0.appending("initdb")) && Files.exists($0.appending("postgres")) }
  }

  /// Whether there is data.
  package var isInitialized: Bool { Files.exists(dataDirectory.appending("PG_VERSION")) }

  /// Makes the data directory with its configuration. It is made beside its place and renamed into it, so
  /// that it is whole from the moment it exists. Existing data is never touched.
  ///
  /// - Returns: `created` or `unchanged`.
  /// - Throws: `Problem` `not-empty` (73) where something else is in the place, `child-failed` (1).
  package func initialize(settings: ServerSettings, password: Secret) async throws -> Outcome {
    if isInitialized { return .unchanged }
    guard try Files.names(in: dataDirectory).isEmpty else {
      throw Problem(
        "not-empty", .cannotCreate, "\(dataDirectory) holds files, but no PostgreSQL data",
        hint: "look at them, and move them away if nobody needs them")
    }
    let parent = dataDirectory.removingLastComponent()
    let workshop = parent.appending(".\(dataDirectory.lastComponent?.string ?? "data").new")
    try await removeTree(workshop)
    try Files.createDirectory(parent, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
    try Files.createDirectory(workshop)
    let passwordFile = workshop.appending("password")
    let fresh = workshop.appending("data")
    do {
      try give(workshop)
      try AtomicFile.write(password.reveal() + "\n", to: passwordFile)
      try give(passwordFile)
      try await ChildProcess(
        binaries.appending("initdb").string,
        [
          "--pgdata", fresh.string, "--username", settings.adminRole, "--pwfile", passwordFile.string,
          "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums",
        ], user: account
      ).check()
      try Files.createDirectory(fresh.appending("conf.d"))
      try give(fresh.appending("conf.d"))
      _ = try write(settings, into: fresh)
      try Files.synchronize(directory: fresh)
      guard rename(fresh.string, dataDirectory.string) == 0 else {
        throw Problem(Errno(rawValue: errno), "rename into place", dataDirectory)
      }
      try Files.synchronize(directory: parent)
    } catch {
      try? await removeTree(workshop)
      throw error
    }
    try await removeTree(workshop)
    return .created
  }

  /// Brings the configuration files up to date; the server has to be restarted where they changed.
  /// - Throws: `Problem` `no-such-file` and others of the file system.
  package func configure(_ settings: ServerSettings) throws(Problem) -> Outcome {
    try write(settings, into: dataDirectory) ? .changed : .unchanged
  }

  /// - Returns: whether anything changed.
  private func write(_ settings: ServerSettings, into directory: FilePath) throws(Problem) -> Bool {
    if let socket = settings.socketDirectory, socket.string.utf8.count > Self.longestSocketDirectory {
      throw Problem(
        "path-too-long", .usage, "the path \(socket) is too long for a socket",
        hint: "choose a directory of at most \(Self.longestSocketDirectory) bytes")
    }
    let serverAccount = account?.name ?? UserAccount.current
    var changed = false
    for (name, content) in [
      ("postgresql.conf", settings.postgresqlConf), ("pg_hba.conf", settings.pgHbaConf),
      ("pg_ident.conf", settings.pgIdentConf(account: serverAccount)),
    ] {
      let file = directory.appending(name)
      if try Files.readTextIfPresent(file) == content { continue }
      try AtomicFile.write(content, to: file)
      try give(file)
      changed = true
    }
    return changed
  }

  /// A socket's address has room for 107 bytes; `/.s.PGSQL.65535` takes 15 of them.
  private static let longestSocketDirectory = 92

  private func give(_ path: FilePath) throws(Problem) {
    guard let account else { return }
    if lchown(path.string, account.userID, account.groupID) != 0 {
      throw Problem(Errno(rawValue: errno), "set the owner of", path)
    }
  }

  private func removeTree(_ path: FilePath) async throws {
    guard Files.exists(path) else { return }
    try await ChildProcess("rm", ["-rf", "--one-file-system", "--", path.string]).check()
  }
}

extension UserAccount {
  /// The name of the account that this process runs as.
  fileprivate static var current: String {
    getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "root"
  }
}
