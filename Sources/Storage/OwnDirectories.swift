package import Core
package import SystemPackage

/// A directory that is one app's alone, its AppData or AppCache, as it is on the disk.
package struct OwnDirectory: Sendable {
  package let kind: VolumeName.Kind
  package let path: FilePath
  /// Whether a grant lets the app use it; else an earlier one left it behind.
  package let isGranted: Bool
  fileprivate let volume: VolumeName
  fileprivate let crossesMounts: Bool
}

extension Grants {
  /// The app's own directories that exist, granted or left behind, and are not empty.
  /// - Throws: `Problem` `symbolic-link`, `mount-inside`, `not-a-directory` where something else has the name.
  package func ownDirectories(of instance: AppInstance) throws(Problem) -> [OwnDirectory] {
    let grant = try find(instance)
    var found: [OwnDirectory] = []
    for kind in [VolumeName.Kind.userspace, .appcache] {
      let recorded = grant?.volume(kind)
      guard let volume = if let recorded { recorded } else { try volumes.find(kind, of: instance.owner) } else {
        continue
      }
      let crossesMounts = grant?.terms.crossesMounts ?? false
      guard let parent = try parent(kind, in: volume, crossingMounts: crossesMounts),
        let directory = try parent.directoryIfPresent(
          RelativePath.component(instance.app.name), crossingMounts: crossesMounts),
        try !directory.names().isEmpty
      else { continue }
      let isAsked = kind == .userspace ? grant?.terms.appData : grant?.terms.appCache
      found.append(
        OwnDirectory(
          kind: kind, path: directory.path, isGranted: isAsked == true && grant?.terms.shape == .app, volume: volume,
          crossesMounts: crossesMounts))
    }
    return found
  }

  /// What is in it, counted as `usage` counts. Directories of other mounts are not looked into.
  /// - Throws: `Problem` for what cannot be read, or `CancellationError`.
  package func size(of directory: OwnDirectory) throws -> TreeSize {
    guard let parent = try parent(directory.kind, in: directory.volume, crossingMounts: directory.crossesMounts),
      let name = directory.path.lastComponent,
      let own = try parent.directoryIfPresent(name, crossingMounts: directory.crossesMounts)
    else { return TreeSize() }
    var counter = TreeCounter { _ in try Task.checkCancellation() }
    return try counter.count(own)
  }

  /// Deletes the app's own directories with everything in them, also those that no grant speaks of any more.
  /// - Returns: the directories that were there.
  package func deleteOwnDirectories(of instance: AppInstance) async throws -> [FilePath] {
    try layout.requirePrepared()
    return try await exclusively { () throws(Problem) in
      let directories = try ownDirectories(of: instance)
      for directory in directories {
        let parent = try parent(directory.kind, in: directory.volume, crossingMounts: directory.crossesMounts)
        try parent?.removeTree(RelativePath.component(instance.app.name))
        try parent?.synchronize()
      }
      return directories.map(\.path)
    }
  }

  /// Where the own directories of all apps of one owner are.
  private func parent(
    _ kind: VolumeName.Kind, in name: VolumeName, crossingMounts: Bool
  ) throws(Problem) -> SafeDirectory? {
    guard let volume = try volumes.open(name) else { return nil }
    switch kind {
    case .userspace: return try volume.directoryIfPresent(RelativePath("Data"), crossingMounts: crossingMounts)
    case .appcache: return volume
    }
  }
}
