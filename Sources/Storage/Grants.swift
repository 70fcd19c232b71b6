package import Core
import FoundationEssentials
package import SystemPackage

/// Grants storage to apps, keeps the record of it, and takes it back.
package struct Grants: Sendable {
  package let layout: Layout
  let volumes: Volumes
  let records: GrantRecords

  package init(layout: Layout) {
    self.layout = layout
    volumes = Volumes(layout: layout)
    records = GrantRecords(layout: layout)
  }

  package struct Outcome: Sendable {
    package let grant: Grant
    package let changed: Bool
    /// Directories that were left behind and are the app's now, with what is in them.
    package var adopted: [FilePath] = []
    /// Directories that the app had and has no longer, kept with what is in them.
    package var kept: [FilePath] = []
  }

  /// Brings about that the app has what `request` says, no less and no more: directories are created, shown to the app,
  /// and recorded. Doing it twice changes nothing; terms without anything in them end what was granted before.
  ///
  /// - Throws: `Problem`, after everything that was begun has been taken back: `nothing-asked` (usage), `no-storage`,
  ///   `several-volumes` (not prepared), `other-volume`, `left-behind`, `symbolic-link`, `mount-inside` (not permitted),
  ///   `not-a-directory` (cannot create), `disk-full`, `read-only` (I/O), `locked` (busy), ….
  package func apply(_ request: GrantRequest) async throws -> Outcome {
    try layout.requirePrepared()
    return try await exclusively { () throws(Problem) in try applyLocked(request) }
  }

  private func applyLocked(_ request: GrantRequest) throws(Problem) -> Outcome {
    let plan = try plan(request)
    guard plan.present != nil || !request.terms.isEmpty else {
      throw Problem(
        "nothing-asked", .usage, "nothing is asked for \(request.instance)",
        hint: "name at least one of --user-data, --app-data, --app-cache, --app-common and --external-data")
    }
    if !plan.changesAnything, let grant = plan.present { return Outcome(grant: grant, changed: false) }
    var grant = Grant(
      instance: request.instance,
      body: Grant.Body(
        terms: request.terms, volumes: plan.volumes, created: plan.allCreated, advisory: nil, isComplete: false,
        since: plan.present?.since ?? Date.now.formatted(.iso8601)),
      previous: plan.present.flatMap { $0.isComplete ? $0.body : $0.previous })
    do throws(Problem) {
      // On record first, so that a run that is killed from here on can be completed or taken back.
      try records.save(grant)
      try createDirectories(of: grant, plan)
      grant.body.advisory = try show(grant).advisory
      grant.body.isComplete = true
      try records.save(grant)
    } catch {
      // The failure that matters is the first one; what is left is on record.
      try? takeBack(grant)
      throw error
    }
    return Outcome(
      grant: grant, changed: true, adopted: plan.adopted.compactMap { path(of: $0, in: plan.volumes) },
      kept: plan.kept.compactMap { path(of: $0, in: plan.volumes) })
  }

  /// Takes back what `apply(request)` changed, and nothing else: what was granted before is granted again, and a
  /// directory that was created is removed if it is empty. What was adopted is left behind again.
  package func undo(_ request: GrantRequest) async throws {
    guard layout.isPrepared else { return }
    try await exclusively { () throws(Problem) in
      guard let grant = try records.load(request.instance), grant.terms == request.terms else { return }
      try takeBack(grant)
    }
  }

  /// The grants on record, sorted by owner and app.
  package func list(owner: Owner? = nil, app: AppName? = nil) throws(Problem) -> [Grant] {
    try layout.requirePrepared()
    var grants: [Grant] = []
    for instance in try records.instances(owner: owner, app: app) {
      // One that was revoked meanwhile is none, and neither is one that a changed manifest has emptied.
      if let grant = try records.load(instance), !grant.terms.isEmpty { grants.append(grant) }
    }
    return grants
  }

  package func find(_ instance: AppInstance) throws(Problem) -> Grant? {
    try layout.requirePrepared()
    return try records.load(instance)
  }

  /// - Throws: `Problem` `no-grant` (no input) when nothing is granted to the app.
  package func show(_ instance: AppInstance) throws(Problem) -> Grant {
    guard let grant = try find(instance) else {
      throw Problem(
        "no-grant", .noInput, "nothing is granted to \(instance)", hint: "olares-cli storage list shows all grants")
    }
    return grant
  }

  private func createDirectories(of grant: Grant, _ plan: GrantPlan) throws(Problem) {
    for volume in plan.newVolumes { try volumes.create(volume, ownership: grant.terms.ownership) }
    for directory in try grant.terms.directories(of: grant.instance.app) {
      let volume = try open(directory.kind, of: grant)
      _ = try volume.directory(
        directory.path,
        creating: DirectoryAttributes(mode: Volumes.contentMode, ownership: grant.terms.ownership),
        crossingMounts: grant.terms.crossesMounts)
    }
  }

  /// Makes the app's `userData` directory show what is granted.
  func show(_ grant: Grant) throws(Problem) -> GrantedView.Outcome {
    let view = GrantedView(layout: layout, instance: grant.instance)
    guard !grant.terms.userData.isEmpty else { return GrantedView.Outcome(changed: try view.remove()) }
    let volume = try open(.userspace, of: grant)
    return try view.show(grant.terms.userData, of: volume, crossingMounts: grant.terms.crossesMounts)
  }

  func open(_ kind: VolumeName.Kind, of grant: Grant) throws(Problem) -> SafeDirectory {
    guard let name = grant.volume(kind), let volume = try volumes.open(name) else {
      throw Problem(
        "volume-gone", .noInput, "the \(kind.rawValue) volume of \(grant.instance.owner) is gone",
        hint: "mount the disk it is on, or give up the grant: "
          + "olares-cli storage revoke --app \(grant.instance.app) --owner \(grant.instance.owner)")
    }
    return volume
  }

  /// Runs `body` while no other run changes storage below this root.
  func exclusively<Result>(_ body: () throws(Problem) -> Result) async throws -> Result {
    let lock = try await FileLock.acquire(
      layout.grantRecords.appending(".lock"), purpose: "the storage of \(layout.root)", patience: .seconds(60))
    defer { extendLifetime(lock) }
    return try body()
  }
}
