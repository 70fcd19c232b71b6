import CLinux
import Core
import Glibc
import SystemPackage

/// Holds one grant against the disk.
extension StorageAudit {
  mutating func examine(_ grant: Grant) throws(Problem) {
    let instance = grant.instance
    if !grant.isComplete {
      add(
        "unfinished", .problem, instance, "the grant of \(instance) was not completed",
        reason: "directories or mounts may be missing",
        hints: ["complete it: \(grant.grantCommand)", "give it up: \(grant.revokeCommand)"])
    }
    for kind in grant.terms.volumeKinds {
      guard let volume = try openVolume(kind, of: grant) else { continue }
      for directory in try grant.terms.directories(of: instance.app) where directory.kind == kind {
        try examine(directory, in: volume, of: grant)
      }
      if kind == .userspace, grant.isComplete, !grant.terms.userData.isEmpty { try examineView(of: grant, in: volume) }
    }
    let shared = [(grant.terms.appCommon, layout.common), (grant.terms.externalData, layout.share)]
    for (isGranted, path) in shared where isGranted && !Files.isDirectory(path) {
      add(
        "directory-gone", .problem, instance, "\(path) is gone",
        reason: "\(instance) does not find what all apps share",
        hints: ["olares-cli prepare --root \(layout.root.string.shellWord)"])
    }
    if grant.terms.userData.isEmpty {
      for mount in mounts[instance] {
        addShownWithoutGrant(mount.point, instance)
      }
    }
  }

  private mutating func openVolume(_ kind: VolumeName.Kind, of grant: Grant) throws(Problem) -> SafeDirectory? {
    let instance = grant.instance
    let reason = "\(instance) cannot reach its files there"
    guard let name = grant.volume(kind) else {
      add(
        "volume-unknown", .problem, instance, "no \(kind.rawValue) volume is on record for \(instance)", reason: reason,
        hints: [grant.grantCommand])
      return nil
    }
    do throws(Problem) {
      if let volume = try grants.volumes.open(name) { return volume }
    } catch {
      add(error, .problem, instance, reason: reason)
      return nil
    }
    let others = try grants.volumes.all(kind).filter { $0.owner == instance.owner }
    if let other = others.first {
      add(
        "other-volume", .problem, instance, "\(layout.path(of: name)) is gone, and \(other) is there instead",
        reason: "that may be another person's of the same name, whose files the grant is not about",
        hints: ["put the former volume back, or give up the grant: \(grant.revokeCommand)"])
    } else {
      add(
        "volume-gone", .problem, instance, "\(layout.path(of: name)) is gone", reason: reason,
        hints: ["mount the disk it is on, or give up the grant: \(grant.revokeCommand)"])
    }
    return nil
  }

  private mutating func examine(
    _ directory: VolumePath, in volume: borrowing SafeDirectory, of grant: Grant
  ) throws(Problem) {
    let instance = grant.instance
    let path = volume.path.appending(directory.path)
    do throws(Problem) {
      guard let opened = try volume.directoryIfPresent(directory.path, crossingMounts: grant.terms.crossesMounts) else {
        return add(
          "directory-gone", .problem, instance, "\(path) is gone", reason: "\(instance) has no place for its files",
          hints: [grant.grantCommand])
      }
      let status = try opened.status()
      examine(status, of: path, isOwn: try grant.terms.ownDirectories(of: instance.app).contains(directory), grant)
    } catch {
      add(error, .problem, instance, reason: "\(instance) is not given what is behind it")
    }
  }

  private mutating func examine(_ status: stat, of path: FilePath, isOwn: Bool, _ grant: Grant) {
    let instance = grant.instance
    let expected = grant.terms.ownership
    let found = Ownership(userID: status.st_uid, groupID: status.st_gid)
    // Only links themselves are changed, whatever somebody puts in the directory's place meanwhile.
    let mend = "stop \(instance.app), then: chown --no-dereference \(expected) \(path.string.shellWord)"
    if found.userID == 0, expected.userID != 0 {
      add(
        "wrong-owner", .problem, instance, "\(path) belongs to root", reason: "user \(expected) cannot write there",
        hints: [mend])
    } else if isOwn, found.userID != expected.userID {
      add(
        "wrong-owner", .notice, instance, "\(path) belongs to \(found), not to \(expected)",
        reason: "the app may have chosen so itself", hints: [mend])
    }
    let mode = status.st_mode & 0o7777
    let octal = String(mode, radix: 8)
    // As its owner, who cannot be led to change anything of somebody else's.
    let command = { (change: String) in
      "setpriv --reuid \(found.userID) --regid \(found.groupID) --clear-groups chmod \(change) \(path.string.shellWord)"
    }
    if mode & 0o700 != 0o700 {
      add(
        "wrong-mode", .problem, instance, "\(path) has mode \(octal)", reason: "not even its owner can work there",
        hints: [command("u+rwx")])
    } else if isOwn, mode & 0o002 != 0 {
      add(
        "wrong-mode", .notice, instance, "\(path) has mode \(octal)",
        reason: "every account of this machine that gets there can write", hints: [command("o-w")])
    }
  }

  /// What the app's `userData` directory shows, against what it should.
  private mutating func examineView(of grant: Grant, in volume: borrowing SafeDirectory) throws(Problem) {
    let instance = grant.instance
    let mounts = mounts[instance]
    if let reason = grant.enforcement.advisoryReason {
      if BindMount.isPermitted {
        add(
          "not-enforced", .problem, instance, "\(instance) sees all of Home, though it can be held to its part now",
          reason: "it was granted less", hints: ["olares-cli storage mount"])
      } else if !grant.terms.userData.contains(where: \.isWholeHome) {
        add(
          "advisory", .notice, instance, "\(instance) sees all of Home: \(reason)", reason: "it was granted less",
          hints: ["run outside of a container, as root: olares-cli storage mount"])
      }
      return
    }
    let place = try layout.views.resolved().appending(instance.owner.name).appending(instance.app.name)
    for path in grant.terms.userData {
      let point = place.appending(path.pathInView)
      let here = mounts.filter { $0.point == point }
      guard !here.isEmpty else {
        add(
          "not-shown", .problem, instance, "\(path) is not mounted on \(point)", reason: "\(instance) does not see it",
          hints: ["olares-cli storage mount"])
        continue
      }
      if here.count > 1 { addShownWithoutGrant(point, instance) }
      // What is wrong with the directory itself has been reported.
      let granted = try? volume.directoryIfPresent(path.path, crossingMounts: grant.terms.crossesMounts)?.status()
      let shown = try SafeDirectory(trusted: point).status()
      if shown.st_nlink == 0 || granted.map({ FileIdentity($0) != FileIdentity(shown) }) ?? false {
        add(
          "shows-other", .problem, instance,
          shown.st_nlink == 0
            ? "\(point) shows a directory that was deleted" : "\(point) shows another directory than \(path)",
          reason: "\(instance) writes where nobody finds it", hints: ["olares-cli storage mount"])
      }
    }
    let points = grant.terms.userData.map { place.appending($0.pathInView) }
    for mount in mounts where !points.contains(mount.point) { addShownWithoutGrant(mount.point, instance) }
  }

  mutating func addShownWithoutGrant(_ point: FilePath, _ instance: AppInstance) {
    add(
      "shown-without-grant", .problem, instance, "something is mounted on \(point) that no grant covers",
      reason: "\(instance) sees more than it was granted", hints: ["olares-cli storage mount"])
  }
}

extension Grant {
  /// The command that grants the same again.
  var grantCommand: String {
    guard terms.shape == .app else { return "olares-cli storage grant MANIFEST --owner \(instance.owner)" }
    var words = ["olares-cli storage grant --app \(instance.app) --owner \(instance.owner)"]
    words += terms.userData.map { "--user-data \($0.description.shellWord)" }
    if terms.appData { words.append("--app-data") }
    if terms.appCache { words.append("--app-cache") }
    if terms.appCommon { words.append("--app-common") }
    if terms.externalData { words.append("--external-data") }
    if terms.ownership != .workload { words.append("--ownership \(terms.ownership)") }
    if terms.crossesMounts { words.append("--cross-mounts") }
    return words.joined(separator: " ")
  }

  var revokeCommand: String { "olares-cli storage revoke --app \(instance.app) --owner \(instance.owner)" }
}
