import CLinux
package import Core
import Glibc
import SystemPackage

/// The volumes of all owners on this host.
package struct Volumes: Sendable {
  let layout: Layout

  package init(layout: Layout) { self.layout = layout }

  /// All volumes of one kind, sorted by name.
  package func all(_ kind: VolumeName.Kind) throws(Problem) -> [VolumeName] {
    try Files.names(in: layout.directory(ofVolumes: kind)).compactMap(VolumeName.init).filter { $0.kind == kind }
  }

  /// The owner's volume; nil when there is none yet.
  /// - Throws: `Problem` `several-volumes` (bad configuration): which one is in use cannot be known from here.
  package func find(_ kind: VolumeName.Kind, of owner: Owner) throws(Problem) -> VolumeName? {
    let found = try all(kind).filter { $0.owner == owner }
    guard found.count > 1 else { return found.first }
    throw Problem(
      "several-volumes", .notPrepared,
      "\(owner) has \(found.count) \(kind.rawValue) volumes in \(layout.directory(ofVolumes: kind)): "
        + found.map(\.description).joined(separator: ", "),
      hint: "keep the one in use and rename each other one, for example: mv \(layout.path(of: found[0])) "
        + "\(layout.path(of: found[0])).old")
  }

  /// Opens a volume's directory; nil when it does not exist.
  package func open(_ volume: VolumeName) throws(Problem) -> SafeDirectory? {
    let parent = try SafeDirectory(trusted: layout.directory(ofVolumes: volume.kind))
    // A volume may be a file system of its own.
    return try parent.directoryIfPresent(RelativePath.component(volume.description), crossingMounts: true)
  }

  /// Creates the directory of `volume` with what Olares puts into it. It appears under its name only when it is whole.
  /// Callers hold the storage lock, so that an owner gets one volume, however many ask at once.
  func create(_ volume: VolumeName, ownership: Ownership) throws(Problem) {
    let parent = try SafeDirectory(trusted: layout.directory(ofVolumes: volume.kind))
    let staging = try parent.directory(
      Self.staging, creating: DirectoryAttributes(mode: .ownerReadWriteExecute, ownership: .current))
    // What a run left that was killed here; only empty directories are ever made in it.
    for name in try staging.names() { _ = try staging.removeEmptyTree(name) }
    let name = try RelativePath.component(volume.description)
    do throws(Problem) {
      let made = try staging.directory(
        name, creating: DirectoryAttributes(mode: [.ownerReadWriteExecute, .groupReadExecute], ownership: ownership))
      for path in Self.defaultDirectories(volume.kind) {
        _ = try made.directory(
          RelativePath(path), creating: DirectoryAttributes(mode: Self.contentMode, ownership: ownership))
      }
      let moved = name.withPlatformString { clinux_rename_exclusively(staging.descriptor, $0, parent.descriptor, $0) }
      guard moved == 0 else { throw Problem(Errno(rawValue: errno), "create volume", parent.path.appending(name)) }
      try parent.synchronize()
    } catch {
      _ = try? staging.removeEmptyTree(name)
      throw error
    }
  }

  /// What Olares' own launcher creates in every userspace.
  private static func defaultDirectories(_ kind: VolumeName.Kind) -> [String] {
    switch kind {
    case .userspace:
      [
        "Home/Documents", "Home/Downloads", "Home/Pictures", "Home/Movies", "Home/Music", "Home/Code", "Data",
      ]
    case .appcache: []
    }
  }

  /// How many leading parts of `path` every new volume has.
  static func defaultDepth(of path: RelativePath, in kind: VolumeName.Kind) -> Int {
    let defaults = defaultDirectories(kind).map { $0.split(separator: "/").map(String.init) }
    let parts = path.components.map(\.string)
    return defaults.map { zip($0, parts).prefix { $0 == $1 }.count }.max() ?? 0
  }

  static let contentMode: FilePermissions = [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute]
  private static let staging: FilePath.Component = ".olares-staging"
}
