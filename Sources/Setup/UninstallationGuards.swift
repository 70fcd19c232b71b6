import Configuration
package import Core
import Glibc
import Hosting
import Storage
import SystemPackage

// What keeps an uninstallation from deleting what it must not.

extension Uninstallation {
  /// Whether everything that is to be deleted is ours and can be deleted; changes nothing.
  /// - Throws: `Problem` `root-unknown` (not prepared), `root-lost` (not prepared), `foreign-root`, `base-directory-in-data`, `symbolic-root`,
  ///   `symbolic-link`, `mount-inside` (not permitted).
  package func requirePermission() throws(Problem) {
    guard deletingData else { return }
    guard let root, let layout else {
      guard Files.exists(secrets) else { return }
      throw Problem(
        "root-unknown", .notPrepared,
        "there are passwords under \(secrets), but no record of where their data is",
        hint: "name its root: olares-cli uninstall --delete-data --confirm-root DIR --base-dir \(baseDirectory)")
    }
    try layout.requireRemovable()
    if layout.hasParts { try requireOwnRoot(root) } else { try requireNoLostRoot(root) }
    try requireBaseDirectoryOutside(layout)
  }

  /// A disk that is not mounted must not cost its data their passwords.
  private func requireNoLostRoot(_ root: FilePath) throws(Problem) {
    guard stage != .preparing, Files.exists(secrets), try RootMarker.load(from: root) == nil,
      try !Self.isDeleting(in: baseDirectory)
    else { return }
    throw Problem(
      "root-lost", .notPrepared, "there is no data at \(root), while its passwords are under \(secrets)",
      hint: "mount the disk it is on, then run the command again",
      "if it is gone for good, remove the passwords by hand, and run the command again: rm -r \(secrets)")
  }

  private func requireOwnRoot(_ root: FilePath) throws(Problem) {
    guard let marker = try RootMarker.load(from: root) else {
      throw Problem(
        "foreign-root", .notPermitted,
        "\(root) has no \(RootMarker.name): nothing tells that olares-cli prepared it",
        hint:
          "if it did, prepare it once more, which marks it: olares-cli prepare --base-dir \(baseDirectory) --root \(root)",
        "keep it: olares-cli uninstall")
    }
    guard FilePath(marker.baseDirectory) == baseDirectory else {
      throw Problem(
        "foreign-root", .notPermitted,
        "\(root) belongs to the instance with the base directory \(marker.baseDirectory)",
        hint: "olares-cli uninstall --delete-data --base-dir \(marker.baseDirectory)")
    }
  }

  private func requireBaseDirectoryOutside(_ layout: Layout) throws(Problem) {
    let base = Self.resolved(baseDirectory)
    for part in [layout.sharedFiles, layout.userdata, layout.share] where base.starts(with: Self.resolved(part)) {
      throw Problem(
        "base-directory-in-data", .notPermitted, "the base directory \(baseDirectory) lies in \(part)",
        hint: "move it out of there first")
    }
  }

  /// Servers that run on our data, whoever started them.
  func runningServers() throws(Problem) -> [PortHolder.Process] {
    guard let layout, Files.isDirectory(layout.databases) else { return [] }
    return try PortHolder.Process.working(below: Self.resolved(layout.databases))
  }

  /// What a server leaves running for a moment when it ends is waited for.
  func requireNothingRuns() async throws {
    let deadline = ContinuousClock.now + .seconds(5)
    while let layout, let process = try runningServers().first {
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "in-use", .busy, "\(process) still works in \(layout.databases)",
          hint: "end it, then run the command again: kill -INT \(process.id)")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private static func resolved(_ path: FilePath) -> FilePath {
    guard let real = path.withPlatformString({ realpath($0, nil) }) else { return path }
    defer { free(real) }
    return FilePath(platformString: real)
  }
}
