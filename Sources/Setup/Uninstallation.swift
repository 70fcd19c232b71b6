package import Configuration
package import Core
import Glibc
import Hosting
package import Logging
import Storage
package import SystemPackage

/// Takes the data layer off the machine: its services, mounts and configuration, and everything below the root and the
/// base directory where that is asked for. Debian's packages stay.
///
/// Every step finds out by itself whether it is done, so a run that was killed is finished by the next one. From the
/// first step on no other verb takes the machine for prepared.
package struct Uninstallation: Sendable {
  package let baseDirectory: FilePath
  package let deletingData: Bool
  /// What was prepared, as far as it is still on record.
  package let installation: Installation?
  let stage: Installation.Stage?
  /// Nil where nothing tells it.
  package let root: FilePath?
  /// Whether the configuration is there and cannot be read.
  package let isDamaged: Bool
  let services: Services
  let log: Logger?

  /// - Parameter root: the root as the caller knows it, for when it is no longer on record.
  /// - Throws: `Problem` `newer-configuration`, or a file that cannot be read.
  package init(
    baseDirectory: FilePath, deletingData: Bool = false, root: FilePath? = nil, log: Logger? = nil
  ) throws(Problem) {
    self.baseDirectory = baseDirectory
    self.deletingData = deletingData
    self.log = log
    var found: Installation?
    var isDamaged = false
    var foundStage: Installation.Stage?
    for stage in [.prepared, .uninstalled, .preparing] as [Installation.Stage] where found == nil {
      do throws(Problem) {
        found = try .loadIfPresent(from: baseDirectory, stage)
        foundStage = found == nil ? nil : stage
      } catch  where ["bad-yaml", "bad-configuration"].contains(error.code) {
        isDamaged = true
      }
    }
    installation = found
    stage = foundStage
    self.isDamaged = isDamaged
    self.root = found.map { FilePath($0.root) } ?? (deletingData ? root : nil)
    let isSeparate = try found == nil ? !Self.isPointed(to: baseDirectory) : found?.separate == true
    services = Instance.services(of: baseDirectory, isSeparate: isSeparate, log: log)
  }

  var layout: Layout? { root.map { Layout(root: $0) } }
  var secrets: FilePath { baseDirectory.appending("secrets") }

  /// The names of the steps.
  package var plan: [String] { steps().map(\.name) }

  /// Whether there is nothing to take off.
  package func isDone() async throws -> Bool {
    for step in steps() where try await step.check() == nil { return false }
    return try emptyRemains().isEmpty
  }

  /// Does what is not done yet.
  /// - Returns: whether anything was changed.
  /// - Throws: `Problem` `locked` (busy) while another run is at it; what `requirePermission` throws, before anything is
  ///   changed; or what a step came to. What was done stays, and the next run goes on from there.
  package func run(report: @Sendable (Journal.Event) -> Void) async throws -> Bool {
    if try await isDone() { return false }
    try Files.createDirectory(baseDirectory)
    let lock = try await FileLock.acquire(
      baseDirectory.appending(Instance.lockName), purpose: "\(baseDirectory)")
    try requirePermission()
    let journals = baseDirectory.appending("journal")
    try Files.createDirectory(journals)
    let changed = try await Journal(directory: journals, name: Self.journalName).run(
      steps(), onFailure: .keep, report: report)
    try removeEmptyRemains()
    _ = consume lock
    return changed
  }

  /// Whether a run that deletes data was cut off after it had begun to.
  static func isDeleting(in baseDirectory: FilePath) throws(Problem) -> Bool {
    try Journal(directory: baseDirectory.appending("journal"), name: journalName).unfinished().contains(dataStepName)
  }

  private static let journalName = "uninstall"
  private static let dataStepName = "data"

  // MARK: Steps

  private func steps() -> [Step] {
    let before = [configurationStep, servicesStep, mountsStep]
    return deletingData ? before + [dataStep, secretsStep] : before + [pointerStep]
  }

  /// First, so that no other verb begins anything.
  private var configurationStep: Step {
    let file = Installation.Stage.prepared.file(in: baseDirectory)
    return Step("configuration") {
      Files.exists(file) ? nil : "not in use"
    } perform: {
      let isReadable = (try? Installation.loadIfPresent(from: baseDirectory)) != nil
      let kept =
        isReadable
        ? Installation.Stage.uninstalled.file(in: baseDirectory) : baseDirectory.appending(Self.damagedName)
      guard file.withPlatformString({ old in kept.withPlatformString { rename(old, $0) } }) == 0 else {
        throw Problem(Errno(rawValue: errno), "rename", file)
      }
      try Files.synchronize(directory: baseDirectory)
      return "\(file) → \(kept.lastComponent?.string ?? "")"
    }
  }

  private var servicesStep: Step {
    let packages = Packages(packagedServices: [], log: log)
    return Step("services") {
      let isSupervising = try services.supervisor == .runit && services.isSupervising()
      let isGone = try installedServices().isEmpty && !isSupervising && runningServers().isEmpty
      return isGone && !packages.isUnfinished ? "none" : nil
    } perform: {
      try await packages.cleanUp()
      let names = try installedServices()
      try await services.remove(names)
      try await requireNothingRuns()
      // Sockets of what ran.
      try removeTree(RunDirectory.name)
      return names.isEmpty ? "none" : "\(names.joined(separator: " ")) stopped and removed"
    }
  }

  private var mountsStep: Step {
    Step("mounts") {
      try layout?.mountedViews().isEmpty ?? true ? "none" : nil
    } perform: {
      guard let layout else { return "none" }
      // What an app still has open stays whole where nothing is deleted.
      let mounted = try await Grants(layout: layout).unmountAll(detachingUsed: !deletingData)
      return "\(mounted.count) taken off"
    }
  }

  private var pointerStep: Step {
    Step("pointer") {
      try Self.isPointed(to: baseDirectory) ? nil : "none"
    } perform: {
      try removePointer()
      return "\(Pointer.path) removed"
    }
  }

  private var dataStep: Step {
    Step(Self.dataStepName) {
      guard let layout, let root else { return "none" }
      return try !layout.hasParts && RootMarker.load(from: root) == nil ? "none" : nil
    } perform: {
      guard let layout, let root else { return "none" }
      try await requireNothingRuns()
      try layout.removeParts()
      // Until everything is gone it says whose the rest is.
      try RootMarker.remove(from: root)
      return try "\(root) deleted\(layout.removeRootIfEmpty() ? "" : ", except what others have put beside it")"
    }
  }

  /// Last, and the pointer last of all: a run that is killed here finds by it what it has to go on with.
  private var secretsStep: Step {
    Step("secrets") {
      let isGone = try ownNames().isEmpty && !Self.isPointed(to: baseDirectory)
      return isGone ? "none" : nil
    } perform: {
      // Before the record of where their data was.
      try removeTree("secrets")
      try removeLogs()
      _ = try layout?.removeRootIfEmpty()
      for stage in Installation.Stage.allCases { try Installation.remove(stage, from: baseDirectory) }
      try Files.remove(baseDirectory.appending(Self.damagedName))
      try removeTree("locks")
      try removeTree("journal")
      try removePointer()
      return "secrets, logs and records below \(baseDirectory) deleted"
    }
  }

  func installedServices() throws -> [String] { try services.installed().filter(Instance.isServiceName) }
}

// MARK: - The base directory

extension Uninstallation {
  private static let damagedName = "config.yaml.damaged"

  static func isPointed(to baseDirectory: FilePath) throws(Problem) -> Bool {
    try Pointer.load().map { FilePath($0.baseDirectory) == baseDirectory } ?? false
  }

  private func removePointer() throws(Problem) {
    guard try Self.isPointed(to: baseDirectory) else { return }
    try Pointer.remove()
    let directory = Pointer.path.removingLastComponent()
    // Fails where others have files in it, which is as it should be.
    _ = directory.withPlatformString { rmdir($0) }
  }

  /// Olares' own olares-cli uses the base directory too: only what has a name of ours is ours.
  private func ownNames() throws(Problem) -> [String] {
    let names =
      ["secrets", "locks", "journal", Self.damagedName] + Installation.Stage.allCases.map { $0.file(in: "").string }
    let logs = try ownLogs().map { "logs/\($0)" }
    return names.filter { Files.exists(baseDirectory.appending($0)) } + logs
  }

  private func ownLogs() throws(Problem) -> [String] {
    try Files.names(in: baseDirectory.appending("logs")).filter {
      $0.hasSuffix(".jsonl") || $0 == "runsvdir.log" || Instance.isServiceName($0)
    }
  }

  private func removeLogs() throws(Problem) {
    let directory = baseDirectory.appending("logs")
    for name in try ownLogs() {
      if Files.isDirectory(directory.appending(name)) {
        try SafeDirectory(trusted: directory).removeTree(try RelativePath.component(name))
      } else {
        try Files.remove(directory.appending(name))
      }
    }
  }

  private func removeTree(_ name: FilePath.Component) throws(Problem) {
    guard Files.exists(baseDirectory.appending(name)) else { return }
    try SafeDirectory(trusted: baseDirectory).removeTree(name)
  }

  /// Directories that hold nothing any more, and the lock, which a run that was killed leaves.
  private func emptyRemains() throws(Problem) -> [FilePath] {
    var remains: [FilePath] = []
    for name in ["service", "logs", "journal", RunDirectory.name] as [FilePath.Component] {
      let directory = baseDirectory.appending(name)
      if Files.isDirectory(directory), try Files.names(in: directory).isEmpty { remains.append(directory) }
    }
    let lock = baseDirectory.appending(Instance.lockName)
    return Files.exists(lock) ? remains + [lock] : remains
  }

  /// The lock goes while it is held, so that nobody else removes it from under a new holder.
  private func removeEmptyRemains() throws(Problem) {
    for remnant in try emptyRemains() {
      if Files.isDirectory(remnant) {
        _ = remnant.withPlatformString { rmdir($0) }
      } else {
        try Files.remove(remnant)
      }
    }
    _ = baseDirectory.withPlatformString { rmdir($0) }
  }
}
