package import Core
import Glibc
package import SystemPackage

/// The space of the file system that holds a path (statvfs(3)).
package struct DiskSpace: Sendable, Hashable {
  package let total: ByteCount
  package let used: ByteCount
  /// What is left for us; file systems keep some of the rest back.
  package let free: ByteCount
}

extension DiskSpace {
  /// - Parameter path: need not exist yet; its nearest existing parent then decides.
  /// - Throws: `Problem` when the file system cannot be asked.
  package init(of path: FilePath) throws(Problem) {
    var existing = path
    while !Files.exists(existing), existing.removeLastComponent() {}
    if existing.isEmpty { existing = "/" }
    var status = statvfs()
    guard existing.withPlatformString({ statvfs($0, &status) }) == 0 else {
      throw Problem(Errno(rawValue: errno), "measure the file system of", existing)
    }
    let block = Int(status.f_frsize)
    total = ByteCount(Int(status.f_blocks) * block)
    used = ByteCount(Int(status.f_blocks - status.f_bfree) * block)
    free = ByteCount(Int(status.f_bavail) * block)
  }
}
