package import Core
package import SystemPackage

extension Grants {
  /// One grant whose `userData` directory was looked after.
  package struct Mounted: Sendable {
    package let instance: AppInstance
    package let changed: Bool
    /// Why it does not show what is granted; nil when it does.
    package let problem: Problem?
  }

  /// Sets up the `userData` directories of all grants again, as after a reboot, and takes away those of none. One that
  /// fails does not keep the others from it.
  package func restoreMounts() async throws -> [Mounted] {
    try layout.requirePrepared()
    return try await exclusively { () throws(Problem) in try restoreAll() }
  }

  private func restoreAll() throws(Problem) -> [Mounted] {
    let granted = try records.instances(owner: nil, app: nil)
    var mounted: [Mounted] = []
    for instance in granted {
      do throws(Problem) {
        guard let grant = try records.load(instance) else { continue }
        let restored = try restore(grant)
        if restored.changed || !grant.terms.userData.isEmpty { mounted.append(restored) }
      } catch {
        mounted.append(Mounted(instance: instance, changed: false, problem: error))
      }
    }
    for instance in try viewInstances() where !granted.contains(instance) {
      do throws(Problem) {
        let removed = try GrantedView(layout: layout, instance: instance).remove()
        mounted.append(Mounted(instance: instance, changed: removed, problem: nil))
      } catch {
        mounted.append(Mounted(instance: instance, changed: false, problem: error))
      }
    }
    return mounted
  }

  /// The apps that have a `userData` directory, whether anything is granted to them or not.
  func viewInstances() throws(Problem) -> [AppInstance] {
    let views = try SafeDirectory(trusted: layout.views)
    var instances: [AppInstance] = []
    for name in try views.names() {
      guard let owner = try? Owner(name.string), let directory = try views.plainDirectory(name) else { continue }
      for name in try directory.names() {
        if let app = try? AppName(name.string) { instances.append(AppInstance(app: app, owner: owner)) }
      }
    }
    return instances
  }

  /// Takes down the mounts of all `userData` directories, as uninstalling needs it: nothing of an owner's is reachable
  /// below `userdata/granted` afterwards. The grants stay on record, and `restoreMounts` sets the mounts up again.
  ///
  /// - Parameter detachingUsed: also mounts that programs use, which keep the files they have open.
  /// - Returns: where something was mounted.
  /// - Throws: `Problem` `mount-in-use` (busy), naming the mount; what was taken down before is set up again.
  package func unmountAll(detachingUsed: Bool = false) async throws -> [FilePath] {
    guard Files.isDirectory(layout.views) else { return [] }
    // Without records nobody can be granting anything: their file system is not mounted.
    guard layout.isPrepared else { return try unmountAllLocked(detachingUsed) }
    return try await exclusively { () throws(Problem) in
      do throws(Problem) {
        return try unmountAllLocked(detachingUsed)
      } catch {
        // The failure that matters is the first one; what stays down, `storage mount` sets up.
        _ = try? restoreAll()
        throw error
      }
    }
  }

  private func unmountAllLocked(_ detachingUsed: Bool) throws(Problem) -> [FilePath] {
    let points = try MountTable.current().entries(at: layout.views.resolved()).map(\.point)
    for point in points.reversed() {
      if detachingUsed { try BindMount.detach(point) } else { try BindMount.detachIfUnused(point) }
    }
    return points
  }

  private func restore(_ grant: Grant) throws(Problem) -> Mounted {
    let outcome = try show(grant)
    let wasRecorded = outcome.advisory == grant.body.advisory
    if !wasRecorded {
      var grant = grant
      grant.body.advisory = outcome.advisory
      try records.save(grant)
    }
    return Mounted(
      instance: grant.instance, changed: outcome.changed || !wasRecorded,
      problem: outcome.advisory.map {
        Problem(
          "not-enforced", .notPermitted, "the directories granted to \(grant.instance) cannot be mounted: \($0)",
          hint: "run it as root and outside a container: olares-cli storage mount")
      })
  }
}
