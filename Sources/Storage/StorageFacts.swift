import CLinux
package import Core
import Glibc
import SystemPackage

/// What `status` says about storage.
package struct StorageFacts: Sendable, Encodable {
  package let root: String
  package let freeBytes: Int
  package let usedBytes: Int
  package let totalBytes: Int
  /// As the mount table has it, such as `ext4` or `fuse.juicefs`.
  package let fileSystem: String
  package let owners: Int
  package let grants: Int
  /// Grants that only the record enforces.
  package let advisoryGrants: Int

  /// Reads the facts.
  /// - Throws: `Problem` `no-storage` (not prepared) when there is no storage below the root.
  package init(of layout: Layout) throws(Problem) {
    let grants = try Grants(layout: layout).list()
    let shared = try SafeDirectory(trusted: layout.sharedFiles)
    let space = try shared.space()
    root = layout.root.string
    freeBytes = space.free
    usedBytes = space.used
    totalBytes = space.total
    fileSystem = try Self.fileSystemType(of: shared)
    owners = Set(try Volumes(layout: layout).all(.userspace).map(\.owner)).count
    self.grants = grants.count
    advisoryGrants = grants.count { $0.enforcement.advisoryReason != nil }
  }

  private static func fileSystemType(of directory: borrowing SafeDirectory) throws(Problem) -> String {
    var identifier: UInt64 = 0
    guard clinux_mount_id(directory.descriptor, &identifier) == 0 else {
      throw Problem(Errno(rawValue: errno), "read the mount of", directory.path)
    }
    return try MountTable.current().entries.first { $0.identifier == identifier }?.fileSystemType ?? "unknown"
  }
}

extension SafeDirectory {
  /// The bytes of the file system that the directory is on.
  func space() throws(Problem) -> (free: Int, used: Int, total: Int) {
    var space = statvfs()
    guard fstatvfs(descriptor, &space) == 0 else {
      throw Problem(Errno(rawValue: errno), "read the free space of", path)
    }
    let block = Int(space.f_frsize)
    // What only root could still use is not free to anybody's files, as df(1) counts.
    return (Int(space.f_bavail) * block, Int(space.f_blocks - space.f_bfree) * block, Int(space.f_blocks) * block)
  }
}
