package import Core
package import SystemPackage

extension Grants {
  package struct Removal: Sendable {
    package let grant: Grant
    /// Directories that are gone.
    package var removed: [FilePath] = []
    /// Directories that were kept with what is in them.
    package var kept: [FilePath] = []
  }

  /// Ends a grant: the app's `userData` directory disappears, and empty directories that were created for it.
  ///
  /// - Parameter deletingData: also the app's own directories (AppData and AppCache) with everything in them; never
  ///   anything of the owner's Home.
  /// - Returns: nil when nothing was granted.
  package func revoke(_ instance: AppInstance, deletingData: Bool = false) async throws -> Removal? {
    try layout.requirePrepared()
    return try await exclusively { () throws(Problem) in
      guard let grant = try records.load(instance) else { return nil }
      var removal = Removal(grant: grant)
      let others = try others(than: grant)
      _ = try GrantedView(layout: layout, instance: instance).remove()
      if deletingData { try deleteData(of: grant, &removal) }
      try removeCreated(grant.body.created.filter { !$0.path.isEmpty }, of: grant, keeping: others, &removal)
      removal.kept = try existing(try grant.directories(), of: grant)
        .compactMap { path(of: $0, in: grant.body.volumes) }
      try records.remove(instance)
      return removal
    }
  }

  /// Goes back to what was granted before `grant`.
  func takeBack(_ grant: Grant) throws(Problem) {
    let before = grant.previous
    let others = try others(than: grant)
    if let before {
      _ = try show(Grant(instance: grant.instance, body: before, previous: nil))
    } else {
      _ = try GrantedView(layout: layout, instance: grant.instance).remove()
    }
    let earlier = before?.created ?? []
    var removal = Removal(grant: grant)
    try removeCreated(grant.body.created.filter { !earlier.contains($0) }, of: grant, keeping: others, &removal)
    if let before {
      try records.save(Grant(instance: grant.instance, body: before, previous: nil))
    } else {
      try records.remove(grant.instance)
    }
  }

  /// The owner's other grants. Read before anything is changed: one that cannot be read keeps what it may need.
  private func others(than grant: Grant) throws(Problem) -> [Grant] {
    try list(owner: grant.instance.owner).filter { $0.instance != grant.instance }
  }

  /// Removes directories that were created for `grant` if they are empty and no other app uses them, innermost first.
  private func removeCreated(
    _ created: [VolumePath], of grant: Grant, keeping others: [Grant], _ removal: inout Removal
  ) throws(Problem) {
    for directory in created.reversed() {
      guard let name = grant.volume(directory.kind), let volume = try openIfPresent(directory.kind, of: grant),
        !others.contains(where: { $0.uses(directory, in: name) })
      else { continue }
      let path = volume.path.appending(directory.path)
      if removal.removed.contains(path) { continue }
      if directory.path.isEmpty {
        let parent = try SafeDirectory(trusted: layout.directory(ofVolumes: directory.kind))
        // A volume goes only whole: an owner's directories may be empty, and theirs all the same.
        guard try volume.holdsOnlyDirectories() else { continue }
        if try parent.removeEmptyTree(RelativePath.component(name.description)) { removal.removed.append(path) }
      } else if try volume.removeIfEmpty(directory.path) {
        removal.removed.append(path)
      }
    }
  }

  private func deleteData(of grant: Grant, _ removal: inout Removal) throws(Problem) {
    for directory in try grant.terms.ownDirectories(of: grant.instance.app) {
      guard let name = directory.path.components.last, let volume = try openIfPresent(directory.kind, of: grant),
        let parent = try volume.directoryIfPresent(
          directory.path.parent, crossingMounts: grant.terms.crossesMounts)
      else { continue }
      try parent.removeTree(name)
      removal.removed.append(parent.path.appending(name))
    }
  }

  private func openIfPresent(_ kind: VolumeName.Kind, of grant: Grant) throws(Problem) -> SafeDirectory? {
    guard let name = grant.volume(kind) else { return nil }
    return try volumes.open(name)
  }
}
