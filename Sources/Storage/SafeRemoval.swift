import CLinux
package import Core
import Glibc
package import SystemPackage

extension SafeDirectory {
  /// Removes the directory `name` if it is empty.
  /// - Returns: whether it is gone; false if something is in it or mounted on it.
  func removeIfEmpty(_ name: FilePath.Component) throws(Problem) -> Bool {
    if name.withPlatformString({ unlinkat(descriptor, $0, AT_REMOVEDIR) }) == 0 { return true }
    switch errno {
    case ENOENT: return true
    case ENOTEMPTY, EEXIST, EBUSY, ENOTDIR: return false
    default: throw SafeDirectory.problem(Errno(rawValue: errno), at: path.appending(name))
    }
  }

  /// Removes the directory at `relative` if it can be reached and is empty.
  /// - Returns: whether it is gone.
  func removeIfEmpty(_ relative: RelativePath) throws(Problem) -> Bool {
    guard let name = relative.components.last, let parent = try plainDirectory(relative.parent) else { return false }
    return try parent.removeIfEmpty(name)
  }

  /// Removes `name` and everything below it. Links are removed, never followed, and nothing of another mount is touched.
  /// - Throws: `Problem` `mount-inside` where another file system is mounted below; what was removed before that is gone.
  package func removeTree(_ name: FilePath.Component) throws(Problem) {
    if let inside = try directoryIfPresent(name) {
      for entry in try inside.names() {
        if entry.withPlatformString({ unlinkat(inside.descriptor, $0, 0) }) == 0 { continue }
        // Linux says EISDIR for a directory, POSIX and some file systems EPERM.
        switch errno {
        case EISDIR, EPERM: try inside.removeTree(entry)
        case ENOENT: continue
        default: throw Problem(Errno(rawValue: errno), "remove", inside.path.appending(entry))
        }
      }
    }
    guard name.withPlatformString({ unlinkat(descriptor, $0, AT_REMOVEDIR) }) == 0 || errno == ENOENT else {
      throw Problem(Errno(rawValue: errno), "remove", path.appending(name))
    }
  }

  /// Removes `name` and the directories below it as far as they are empty.
  /// - Returns: whether all of it is gone.
  func removeEmptyTree(_ name: FilePath.Component) throws(Problem) -> Bool {
    if let inside = try plainDirectory(name) {
      for entry in try inside.names() { _ = try inside.removeEmptyTree(entry) }
    }
    return try removeIfEmpty(name)
  }

  /// Whether nothing but directories lies below this one.
  func holdsOnlyDirectories() throws(Problem) -> Bool {
    for name in try names() {
      guard let inside = try plainDirectory(name), try inside.holdsOnlyDirectories() else { return false }
    }
    return true
  }

  /// Opens `name` if it is a directory, of this file system unless `crossingMounts`; nil for anything else, and for
  /// nothing.
  func plainDirectory(
    _ name: FilePath.Component, crossingMounts: Bool = false
  ) throws(Problem) -> SafeDirectory? {
    do throws(Problem) {
      return try directoryIfPresent(name, crossingMounts: crossingMounts)
    } catch {
      if ["symbolic-link", "mount-inside", "not-a-directory"].contains(error.code) { return nil }
      throw error
    }
  }

  /// Opens the directory at `relative` if every part of the way is a directory.
  func plainDirectory(_ relative: RelativePath, crossingMounts: Bool = false) throws(Problem) -> SafeDirectory? {
    var current = try duplicate()
    for name in relative.components {
      guard let next = try current.plainDirectory(name, crossingMounts: crossingMounts) else { return nil }
      current = next
    }
    return current
  }
}
