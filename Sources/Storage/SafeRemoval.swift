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

  /// Removes `name` and everything below it. Links are removed, never followed, and nothing of another mount is touched,
  /// whatever is exchanged or added meanwhile.
  /// - Throws: `Problem` `mount-inside` where another file system is mounted below; what was removed before that is gone.
  package func removeTree(_ name: FilePath.Component) throws(Problem) {
    for _ in 0..<Self.mostPasses {
      guard try !removeUnlessDirectory(name) else { return }
      guard let inside = try plainDirectory(name) else {
        try requireNoMount(on: name)
        continue
      }
      try inside.removeContents(depth: 1, surface: inside)
      if try removeIfEmpty(name) { return }
    }
    throw Problem(
      "changes-too-fast", .busy, "files are being created in \(path.appending(name)) all the time",
      hint: "stop what creates them, then try again", isTransient: true)
  }

  /// Removes what is in this directory. What lies very deep is moved to `surface` first, for the next pass, since
  /// every level that is open takes a descriptor.
  private func removeContents(depth: Int, surface: borrowing SafeDirectory) throws(Problem) {
    for entry in try names() {
      if try removeUnlessDirectory(entry) { continue }
      if depth == Self.deepest {
        let risen = "\(Self.risenPrefix)\(UInt64.random(in: .min ... .max))"
        let moved = entry.withPlatformString { clinux_rename_exclusively(descriptor, $0, surface.descriptor, risen) }
        if moved != 0, errno != ENOENT { throw Problem(Errno(rawValue: errno), "remove", path.appending(entry)) }
        continue
      }
      guard let inside = try plainDirectory(entry) else {
        try requireNoMount(on: entry)
        continue
      }
      try inside.removeContents(depth: depth + 1, surface: surface)
      _ = try removeIfEmpty(entry)
    }
  }

  /// - Returns: false if `name` is a directory; otherwise it is gone.
  private func removeUnlessDirectory(_ name: FilePath.Component) throws(Problem) -> Bool {
    if name.withPlatformString({ unlinkat(descriptor, $0, 0) }) == 0 { return true }
    switch errno {
    case ENOENT: return true
    case EISDIR: return false
    // What POSIX has for a directory; Linux says it of files that must not be removed.
    case EPERM where try plainDirectory(name, crossingMounts: true) != nil: return false
    default: throw Problem(Errno(rawValue: errno), "remove", path.appending(name))
    }
  }

  private func requireNoMount(on name: FilePath.Component) throws(Problem) {
    do throws(Problem) {
      _ = try directoryIfPresent(name)
    } catch {
      if error.code == "mount-inside" { throw error }
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

  /// Whether nothing but directories lies below this one, no deeper than ours ever lie.
  func holdsOnlyDirectories(depth: Int = 1) throws(Problem) -> Bool {
    for name in try names() {
      guard depth < Self.deepest, let inside = try plainDirectory(name),
        try inside.holdsOnlyDirectories(depth: depth + 1)
      else { return false }
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

  /// Far below the 1,024 descriptors a process has.
  private static var deepest: Int { 100 }
  private static var mostPasses: Int { 4096 }
  private static var risenPrefix: String { ".olares-removing-" }
}
