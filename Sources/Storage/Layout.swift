package import Core
import Glibc
package import SystemPackage

/// The directories of an Olares host below its root (CONTRACT B.1; `OLARES_SYSTEM_ROOT_PATH`, usually `/olares`).
package struct Layout: Sendable, Hashable {
  package let root: FilePath
  /// What workloads' files belong to.
  package let ownership: Ownership
  private let dataDisk: FilePath

  /// - Parameter dataDisk: a disk for data; where it is mounted, a missing `/olares` becomes a link into it.
  package init(root: FilePath, ownership: Ownership = .workload, dataDisk: FilePath = "/osdata") {
    self.root = root
    self.ownership = ownership
    self.dataDisk = dataDisk
  }

  package static let standardRoot: FilePath = "/olares"

  /// The file system that all nodes share: JuiceFS, or a plain directory.
  package var sharedFiles: FilePath { root.appending("rootfs") }
  package var userspace: FilePath { sharedFiles.appending("userspace") }
  package var common: FilePath { sharedFiles.appending("Common") }
  package var databaseDumps: FilePath { sharedFiles.appending("middleware-backup") }
  package var backupServer: FilePath { sharedFiles.appending("backup-server") }
  /// On the disk of this node.
  package var userdata: FilePath { root.appending("userdata") }
  package var cache: FilePath { userdata.appending("Cache") }
  package var databases: FilePath { userdata.appending("dbdata") }
  /// `<owner>/<app>/` below it is what an app gets as `userData`.
  package var views: FilePath { userdata.appending("granted") }
  /// External drives and network shares.
  package var share: FilePath { root.appending("share") }
  /// Records of grants: beside the volumes, for root only, and not below any directory that is ever granted.
  package var grantRecords: FilePath { userspace.appending(".olares-grants") }

  package func view(of instance: AppInstance) -> FilePath {
    views.appending(instance.owner.name).appending(instance.app.name)
  }

  /// Whether `prepare` has made the tree.
  package var isPrepared: Bool {
    Files.isDirectory(grantRecords) && Files.isDirectory(views) && Files.isDirectory(cache)
  }

  /// - Throws: `Problem` `no-storage` (not prepared) when the tree is not there.
  package func requirePrepared() throws(Problem) {
    guard isPrepared else {
      throw Problem(
        "no-storage", .notPrepared, "\(root) is not prepared for storage", hint: "olares-cli prepare --root \(root)")
    }
  }

  /// Creates what is missing; what exists keeps its owner and mode.
  ///
  /// - Returns: the directories and the link that were created, outermost first.
  /// - Throws: `Problem` `bad-root` (usage), `dangling-root` (cannot create), `not-a-directory`, `read-only`, ….
  package func createTree() throws(Problem) -> [FilePath] {
    var created = try createRoot()
    for (path, mode, belongsToWorkloads) in directories {
      let existed = Files.isDirectory(path)
      if !existed, path.withPlatformString({ access($0, F_OK) }) == 0 {
        throw SafeDirectory.problem(.notDirectory, at: path)
      }
      guard let name = path.lastComponent else { continue }
      let parent = try SafeDirectory(trusted: path.removingLastComponent())
      if existed, !belongsToWorkloads { continue }
      _ = try parent.directory(
        name,
        creating: DirectoryAttributes(
          mode: FilePermissions(rawValue: mode), ownership: belongsToWorkloads ? ownership : .current),
        crossingMounts: true)
      if !existed { created.append(path) }
    }
    return created
  }

  /// Others may pass through to what they were given the path of, but not look around.
  private var directories: [(FilePath, mode_t, belongsToWorkloads: Bool)] {
    let dumps = ["pg_backup", "mongo-backup", "redis-backup", "kvrocks_backup"]
    return [
      (sharedFiles, 0o755, false), (userspace, 0o711, false), (grantRecords, 0o700, false), (common, 0o755, true),
      (databaseDumps, 0o700, false),
    ] + dumps.map { (databaseDumps.appending($0), 0o700, false) } + [
      (backupServer, 0o700, false), (userdata, 0o755, false), (cache, 0o711, false), (databases, 0o711, false),
      (views, 0o711, false), (share, 0o755, false),
    ]
  }

  /// Where `/olares` leads when there is a disk for data.
  var dataDiskRoot: FilePath { dataDisk.appending("olares") }

  private func createRoot() throws(Problem) -> [FilePath] {
    guard root.isAbsolute, !root.components.isEmpty, !root.components.contains(where: { $0.kind != .regular }) else {
      throw Problem(
        "bad-root", .usage, "\(root) cannot be the root of the data", hint: "name a directory: --root /olares")
    }
    if Files.isDirectory(root) { return [] }
    var status = stat()
    if root.withPlatformString({ lstat($0, &status) }) == 0 {
      guard status.st_mode & S_IFMT == S_IFLNK else { throw SafeDirectory.problem(.notDirectory, at: root) }
      throw Problem(
        "dangling-root", .cannotCreate, "\(root) is a symbolic link to something that is not there",
        hint: "mount the disk it leads to, or remove the link: rm \(root)")
    }
    let readable: FilePermissions = [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute]
    guard root == Self.standardRoot, Files.isDirectory(dataDisk) else {
      try Files.createDirectory(root, mode: readable)
      return [root]
    }
    let target = dataDiskRoot
    let isNew = !Files.isDirectory(target)
    try Files.createDirectory(target, mode: readable)
    let linked = target.withPlatformString { target in root.withPlatformString { symlink(target, $0) } }
    guard linked == 0 else { throw Problem(Errno(rawValue: errno), "create link", root) }
    return isNew ? [target, root] : [root]
  }
}
