import Core
import SystemPackage

/// Holds the disk against the grants: what lies there that none of them covers.
extension StorageAudit {
  private func concerns(_ instance: AppInstance) -> Bool {
    (owner ?? instance.owner) == instance.owner && (app ?? instance.app) == instance.app
  }

  mutating func examineViews(of granted: Set<AppInstance>) throws(Problem) {
    for instance in try grants.viewInstances() where concerns(instance) && !granted.contains(instance) {
      let mounts = mounts[instance]
      for mount in mounts { addShownWithoutGrant(mount.point, instance) }
      if mounts.isEmpty {
        add(
          "view-without-grant", .notice, instance, "\(layout.view(of: instance)) is left of a grant that is gone",
          reason: "it shows nothing", hints: ["olares-cli storage mount"])
      }
    }
  }

  mutating func examineVolumes(_ granted: [Grant], unreadable: Set<AppInstance>) throws(Problem) {
    for kind in VolumeName.Kind.allCases {
      let volumes = try grants.volumes.all(kind).filter { owner ?? $0.owner == $0.owner }
      let onVolume = Dictionary(grouping: granted) { $0.volume(kind) }
      for volume in volumes {
        do throws(Problem) {
          guard let root = try grants.volumes.open(volume) else { continue }
          try examineLeftBehind(in: root, volume, GrantCoverage(onVolume[volume] ?? []), unreadable)
        } catch {
          // An app's finding, if an app uses the volume.
          if onVolume[volume] == nil, app == nil {
            add(error, .problem, AppInstance?.none, reason: "the volume of \(volume.owner) cannot be used")
          }
        }
      }
      guard app == nil else { continue }
      for (owner, several) in Dictionary(grouping: volumes, by: \.owner) where several.count > 1 {
        let first = layout.path(of: several[0])
        add(
          "several-volumes", .problem, owner, nil,
          "\(owner) has \(several.count) \(kind.rawValue) volumes: "
            + several.map { layout.path(of: $0).string }.joined(separator: ", "),
          reason: "which one is in use cannot be known from here, so that nothing new can be granted",
          hints: ["keep the one in use and rename each other one, for example: mv \(first) \(first).old"])
      }
    }
  }

  private mutating func examineLeftBehind(
    in root: borrowing SafeDirectory, _ volume: VolumeName, _ coverage: GrantCoverage, _ unreadable: Set<AppInstance>
  ) throws(Problem) {
    let way = try RelativePath(volume.kind == .userspace ? "Data" : "")
    guard let directory = try root.plainDirectory(way, crossingMounts: true) else { return }
    for name in try directory.names() {
      guard let app = try? AppName(name.string) else { continue }
      let instance = AppInstance(app: app, owner: volume.owner)
      guard concerns(instance), !unreadable.contains(instance) else { continue }
      let path = VolumePath(kind: volume.kind, path: way.appending(name))
      guard !coverage.covers(path), let own = try directory.plainDirectory(name), try !own.names().isEmpty else {
        continue
      }
      let option = volume.kind == .userspace ? "--app-data" : "--app-cache"
      let target = "--app \(app) --owner \(volume.owner)"
      add(
        "left-behind", .notice, instance, "\(own.path) holds data, and no grant of \(instance) covers it",
        reason: "it takes space, and belongs to nobody",
        hints: [
          "take it over: olares-cli storage grant \(target) \(option) --adopt",
          "then, to delete it: olares-cli storage revoke \(target) --delete-data",
        ])
    }
  }

  mutating func examineStrays() throws(Problem) {
    for path in try grants.records.strays() {
      add(
        "stray-record", .notice, nil, "\(path) is no record of a grant",
        reason: "a run that was killed may have left it",
        hints: ["look at it, then: rm \(path.string.shellWord)"])
    }
  }
}
