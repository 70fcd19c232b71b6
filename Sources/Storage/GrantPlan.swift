package import Core
import SystemPackage

/// What granting a request would change.
package struct GrantPlan: Sendable {
  package let request: GrantRequest
  /// The grant on record.
  package let present: Grant?
  package let newVolumes: [VolumeName]
  /// Directories that do not exist yet, outermost first; those that every new volume has are not among them.
  package let newDirectories: [VolumePath]
  /// Directories with data in them that no grant of the app covers, and that it gets because the request adopts them.
  package let adopted: [VolumePath]
  /// Directories that the app has and loses; they stay as they are.
  package let kept: [VolumePath]
  /// Whether the app's `userData` directory does not show what it should.
  package let changesView: Bool
  let volumes: Grant.Volumes

  package var changesAnything: Bool {
    guard let present, present.isComplete, present.terms == request.terms else { return true }
    return !newVolumes.isEmpty || !newDirectories.isEmpty || changesView
  }

  /// What is on record as created, with what is to come.
  var allCreated: [VolumePath] {
    let earlier = present?.body.created ?? []
    let new = newVolumes.map { VolumePath(kind: $0.kind, path: .empty) } + newDirectories
    return earlier + new.filter { !earlier.contains($0) }
  }
}

extension Grants {
  /// What `apply` would do; changes nothing.
  /// - Throws: `Problem`, as `apply` does, as far as it can be foreseen.
  package func plan(_ request: GrantRequest) throws(Problem) -> GrantPlan {
    try layout.requirePrepared()
    let present = try records.load(request.instance)
    // A volume that is needed no longer stays on record, for what was created in it.
    var chosen = present?.body.volumes ?? Grant.Volumes()
    var newVolumes: [VolumeName] = []
    for kind in request.terms.volumeKinds {
      let (volume, isNew) = try volume(kind, for: request.instance, present)
      if isNew { newVolumes.append(volume) }
      chosen[kind] = volume
    }
    let leftBehind = try leftBehind(request, present, in: chosen)
    if !request.adopting, !leftBehind.isEmpty { throw leftBehindProblem(leftBehind, request.instance, in: chosen) }
    var newDirectories: [VolumePath] = []
    for directory in try request.terms.directories(of: request.instance.app) {
      for missing in try missing(directory, in: chosen, newVolumes, request.terms)
      where !newDirectories.contains(missing) {
        newDirectories.append(missing)
      }
    }
    let complete = newVolumes.isEmpty && newDirectories.isEmpty
    return GrantPlan(
      request: request, present: present, newVolumes: newVolumes, newDirectories: newDirectories, adopted: leftBehind,
      kept: try surplus(request, present), changesView: complete ? try !isShown(request, present, in: chosen) : true,
      volumes: chosen)
  }

  /// The volume to use: the owner's, or a new one.
  private func volume(
    _ kind: VolumeName.Kind, for instance: AppInstance, _ present: Grant?
  ) throws(Problem) -> (VolumeName, isNew: Bool) {
    let found = try volumes.find(kind, of: instance.owner)
    guard let recorded = present?.volume(kind) else {
      return found.map { ($0, false) } ?? (VolumeName(kind, of: instance.owner), true)
    }
    let revoke = "olares-cli storage revoke --app \(instance.app) --owner \(instance.owner)"
    if found == recorded { return (recorded, false) }
    if let found {
      throw Problem(
        "other-volume", .notPermitted, "the grant of \(instance) is about \(recorded), and \(found) is there instead",
        hint: "put the former volume back, or give up the grant: \(revoke)")
    }
    if present?.isComplete == true {
      throw Problem(
        "volume-gone", .noInput, "\(layout.path(of: recorded)) is gone",
        hint: "mount the disk it is on, or give up the grant: \(revoke)")
    }
    return (recorded, true)
  }

  /// The parts of the way to `directory` that do not exist.
  private func missing(
    _ directory: VolumePath, in volumes: Grant.Volumes, _ newVolumes: [VolumeName], _ terms: GrantTerms
  ) throws(Problem) -> [VolumePath] {
    guard let name = volumes[directory.kind] else { return [] }
    var depth = 0
    if newVolumes.contains(name) {
      depth = Volumes.defaultDepth(of: directory.path, in: directory.kind)
    } else if let volume = try self.volumes.open(name) {
      depth = try volume.existingDepth(of: directory.path, crossingMounts: terms.crossesMounts)
    }
    let parts = directory.path.components
    return (depth..<max(depth, parts.count)).map { last in
      VolumePath(kind: directory.kind, path: RelativePath(components: Array(parts[...last])))
    }
  }

  private func isShown(_ request: GrantRequest, _ present: Grant?, in chosen: Grant.Volumes) throws(Problem) -> Bool {
    let view = GrantedView(layout: layout, instance: request.instance)
    guard !request.terms.userData.isEmpty, let name = chosen.userspace, let volume = try volumes.open(name) else {
      return try view.mounts().isEmpty
    }
    // Where mounting was not possible once, it is tried again only when the machine's state says it would work.
    if present?.enforcement.advisoryReason != nil, !BindMount.isPermitted { return true }
    return try view.isShown(request.terms.userData, of: volume, crossingMounts: request.terms.crossesMounts)
  }
}
