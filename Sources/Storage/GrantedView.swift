import Core
import SystemPackage

/// The directory that an app gets as its `userData`: it shows the granted directories at the places they have below
/// Home, and nothing else. It belongs to root, so that an app can leave no file below a mount that is missing.
struct GrantedView: Sendable {
  let layout: Layout
  let instance: AppInstance

  struct Outcome {
    var changed = false
    /// Why the directories could not be mounted.
    var advisory: String?
  }

  /// Mounts what is granted and not shown, and unmounts what is shown and not granted.
  func show(_ granted: [UserDataPath], of volume: borrowing SafeDirectory, crossingMounts: Bool) throws(Problem)
    -> Outcome
  {
    var outcome = Outcome()
    let place = try place()
    var missing = granted
    for mount in try mounts().reversed() {
      let shown = missing.firstIndex { place.appending($0.pathInView) == mount.point }
      if let shown, try Self.identity(at: mount.point) == identity(of: missing[shown], in: volume, crossingMounts) {
        missing.remove(at: shown)
      } else {
        try BindMount.detach(mount.point)
        outcome.changed = true
      }
    }
    let views = try SafeDirectory(trusted: layout.views)
    for path in missing {
      guard let source = try volume.directoryIfPresent(path.path, crossingMounts: crossingMounts) else {
        throw Self.gone(path, volume.path)
      }
      let target = try self.target(path, in: views)
      if let reason = try BindMount.attach(source, to: target) {
        outcome.advisory = reason
        break
      }
      outcome.changed = true
    }
    if try prune(keeping: outcome.advisory == nil ? granted : []) { outcome.changed = true }
    return outcome
  }

  /// Whether exactly what is granted is shown.
  func isShown(_ granted: [UserDataPath], of volume: borrowing SafeDirectory, crossingMounts: Bool) throws(Problem)
    -> Bool
  {
    let place = try place()
    let points = try mounts().map(\.point)
    guard Set(points) == Set(granted.map { place.appending($0.pathInView) }), points.count == granted.count else {
      return false
    }
    for path in granted {
      let shown = try Self.identity(at: place.appending(path.pathInView))
      guard try shown == identity(of: path, in: volume, crossingMounts) else { return false }
    }
    return true
  }

  /// Unmounts everything and removes the directory.
  /// - Returns: whether there was anything.
  func remove() throws(Problem) -> Bool {
    let present = try mounts()
    for mount in present.reversed() { try BindMount.detach(mount.point) }
    let pruned = try prune(keeping: [])
    return pruned || !present.isEmpty
  }

  /// The mounts in the view, in the order of mounting.
  func mounts() throws(Problem) -> [MountTable.Entry] { try MountTable.current().entries(at: place()) }

  /// The view's path as the mount table has it.
  private func place() throws(Problem) -> FilePath {
    try layout.views.resolved().appending(instance.owner.name).appending(instance.app.name)
  }

  private func target(_ path: UserDataPath, in views: borrowing SafeDirectory) throws(Problem) -> SafeDirectory {
    let owner = try views.directory(
      RelativePath.component(instance.owner.name),
      creating: DirectoryAttributes(
        mode: [.ownerReadWriteExecute, .groupExecute, .otherExecute], ownership: .current))
    return try owner.directory(
      RelativePath(instance.app.name).appending(path.pathInView),
      creating: DirectoryAttributes(mode: Volumes.contentMode, ownership: .current))
  }

  /// Removes the empty directories that no granted one needs.
  private func prune(keeping granted: [UserDataPath]) throws(Problem) -> Bool {
    let views = try SafeDirectory(trusted: layout.views)
    let name = try RelativePath.component(instance.app.name)
    guard let owner = try views.directoryIfPresent(RelativePath(instance.owner.name)) else { return false }
    if granted.contains(where: \.isWholeHome) { return false }
    guard let view = try owner.directoryIfPresent(name) else { return false }
    var removed = try Self.prune(view, at: .empty, keeping: granted)
    if granted.isEmpty {
      if try owner.removeIfEmpty(name) { removed = true }
      _ = try views.removeIfEmpty(RelativePath.component(instance.owner.name))
    }
    return removed
  }

  private static func prune(
    _ directory: borrowing SafeDirectory, at path: RelativePath, keeping granted: [UserDataPath]
  ) throws(Problem) -> Bool {
    var removed = false
    for name in try directory.names() {
      let inside = path.appending(name)
      if granted.contains(where: { $0.pathInView == inside }) { continue }
      guard let next = try directory.plainDirectory(name) else { continue }
      if try prune(next, at: inside, keeping: granted) { removed = true }
      if granted.contains(where: { inside.covers($0.pathInView) }) { continue }
      if try directory.removeIfEmpty(name) { removed = true }
    }
    return removed
  }

  private func identity(
    of path: UserDataPath, in volume: borrowing SafeDirectory, _ crossingMounts: Bool
  ) throws(Problem) -> FileIdentity? {
    try volume.directoryIfPresent(path.path, crossingMounts: crossingMounts)?.identity
  }

  private static func identity(at point: FilePath) throws(Problem) -> FileIdentity {
    try SafeDirectory(trusted: point).identity
  }

  private static func gone(_ path: UserDataPath, _ volume: FilePath) -> Problem {
    Problem(
      "directory-gone", .noInput, "\(path) is gone from \(volume)",
      hint: "grant it again, which creates it: olares-cli storage grant")
  }
}
