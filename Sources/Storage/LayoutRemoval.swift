package import Core
import Glibc
package import SystemPackage

// The end of a root: everything that lies in what `createTree` made, and nothing else.

extension Layout {
  /// The directories directly below the root that are ours.
  private static let parts: [FilePath.Component] = ["rootfs", "userdata", "share"]

  /// Whether any of the tree is there.
  package var hasParts: Bool { Self.parts.contains { Files.exists(root.appending($0)) } }

  /// What is mounted in the views of all apps, in the order of mounting.
  package func mountedViews() throws(Problem) -> [FilePath] {
    guard Files.isDirectory(views) else { return [] }
    let views = try views.resolved()
    return try MountTable.current().entries(at: views).map(\.point).filter { $0 != views }
  }

  /// Whether `removeParts` may begin; changes nothing.
  /// - Throws: `Problem` `bad-root`, `symbolic-root`, `symbolic-link`, `mount-inside` (all not permitted) where something
  ///   is not as `createTree` makes it, or is mounted below the root outside of views.
  package func requireRemovable() throws(Problem) {
    guard let place = try placeOfRoot(), Files.isDirectory(place) else { return }
    let views = Files.isDirectory(views) ? try views.resolved() : views
    let resolved = try place.resolved()
    let mounts = try MountTable.current().entries(at: resolved).map(\.point)
    let foreign = mounts.filter { $0 != resolved && ($0 == views || !$0.starts(with: views)) }
    guard foreign.isEmpty else {
      throw Problem(
        "mount-inside", .notPermitted,
        "other file systems are mounted below \(root): \(foreign.map(\.string).joined(separator: ", "))",
        hint: "unmount them first, so that nothing on them can be lost: umount \(foreign.last?.string ?? "")")
    }
    let directory = try SafeDirectory(trusted: place)
    for part in Self.parts { _ = try directory.directoryIfPresent(part) }
  }

  /// Removes the tree with everything in it. Links are removed, never followed, and nothing of another mount is touched.
  /// - Throws: `Problem` as `requireRemovable`, also where anything is still mounted in views.
  package func removeParts() throws(Problem) {
    try requireRemovable()
    if let shown = try mountedViews().first {
      throw Problem(
        "mount-inside", .notPermitted, "\(shown) still shows a directory of an owner",
        hint: "see who uses it: fuser -vm \(shown)")
    }
    guard let place = try placeOfRoot(), Files.isDirectory(place) else { return }
    let directory = try SafeDirectory(trusted: place)
    for part in Self.parts { try directory.removeTree(part) }
    try directory.synchronize()
  }

  /// Removes the root itself unless something else is in it or it is a mount point, and the link that `createTree` made.
  /// - Returns: whether it is gone.
  package func removeRootIfEmpty() throws(Problem) -> Bool {
    guard let place = try placeOfRoot(), let name = place.lastComponent else { return true }
    let parent = try SafeDirectory(trusted: place.removingLastComponent())
    guard try parent.removeIfEmpty(name) else { return false }
    if place != root { try Files.remove(root) }
    return true
  }

  /// The directory that is the root: behind the link to the disk for data where `createTree` made one.
  /// - Returns: nil when there is nothing.
  /// - Throws: `Problem` `bad-root`, `symbolic-root` (not permitted).
  private func placeOfRoot() throws(Problem) -> FilePath? {
    guard root.isAbsolute, !root.lexicallyNormalized().components.isEmpty else {
      throw Problem(
        "bad-root", .notPermitted, "\(root) cannot be the root of a data layer, and is not deleted",
        hint: "correct root in config.yaml below the base directory")
    }
    var status = stat()
    guard root.withPlatformString({ lstat($0, &status) }) == 0 else {
      if errno == ENOENT { return nil }
      throw Problem(Errno(rawValue: errno), "read", root)
    }
    guard status.st_mode & S_IFMT == S_IFLNK else { return root }
    let target = try linkTarget()
    guard root == Self.standardRoot, target == dataDiskRoot else {
      throw Problem(
        "symbolic-root", .notPermitted, "\(root) is a symbolic link, to \(target), that olares-cli did not make",
        hint: "keep the data: olares-cli uninstall", "look at \(target) and remove what nobody needs by hand")
    }
    return target
  }

  private func linkTarget() throws(Problem) -> FilePath {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = root.withPlatformString { readlink($0, &buffer, buffer.count) }
    guard length >= 0 else { throw Problem(Errno(rawValue: errno), "read", root) }
    return FilePath(String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self))
  }
}
