import Core
import Glibc
import Logging
import SystemPackage

/// Keeps freshly installed packages from starting their services, and PostgreSQL's from creating a cluster, while apt
/// runs. What it puts up also says what is to be taken down, so that a run that was killed is finished by the next.
///
/// The means are Debian's: `policy-rc.d` (invoke-rc.d(8)) answers 101 for "must not start", and
/// `createcluster.d` (pg_createcluster(8)) turns the default cluster off.
struct InstallGuard: Sendable {
  /// Packaged services that were not on the machine before.
  let services: [String]

  private static let policy: FilePath = "/usr/sbin/policy-rc.d"
  private static let savedPolicy: FilePath = "/usr/sbin/policy-rc.d.before-olares-cli"
  private static let clusterSettingsDirectory: FilePath = "/etc/postgresql-common/createcluster.d"
  private static let clusterSettings = clusterSettingsDirectory.appending("olares-cli.conf")
  private static let marker = "# olares-cli keeps these services from starting while apt runs: "

  static var isLeftBehind: Bool { (try? leftBehind()) ?? nil != nil }

  /// The guard that a killed run left standing.
  private static func leftBehind() throws(Problem) -> InstallGuard? {
    guard let text = try Files.readTextIfPresent(policy) else {
      // Killed between the two renames of `begin` or `end`.
      return Files.exists(savedPolicy) ? InstallGuard(services: []) : nil
    }
    return services(inPolicy: text).map(InstallGuard.init)
  }

  /// The services that a script written by `script` names; nil for any other script.
  static func services(inPolicy text: String) -> [String]? {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(marker) }) else { return nil }
    return line.dropFirst(marker.count).split(separator: " ").map(String.init)
  }

  /// Denies our services and leaves all others to the policy that was there, if any.
  static func script(services: [String]) -> String {
    let patterns = services.map { "\($0)*" }.joined(separator: "|")
    return """
      #!/bin/sh
      \(marker)\(services.joined(separator: " "))
      for name do
        case "$name" in --*) ;; *) break ;; esac
      done
      case "$name" in
      \(patterns.isEmpty ? "''" : patterns)) exit 101 ;;
      esac
      [ ! -x \(savedPolicy) ] || exec \(savedPolicy) "$@"
      exit 0

      """
  }

  static func finishLeftBehind(log: Logger?) async throws {
    if let left = try leftBehind() { try await left.end(log: log) }
  }

  /// Whether the machine has the service, running or not.
  static func isKnown(_ service: String) -> Bool {
    Files.exists(FilePath("/etc/init.d").appending(service))
      || Files.exists(FilePath("/lib/systemd/system").appending("\(service).service"))
  }

  func begin() throws(Problem) {
    if Files.exists(Self.policy) { try Self.rename(Self.policy, to: Self.savedPolicy) }
    let executable: FilePermissions = [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute]
    try AtomicFile.write(Self.script(services: services), to: Self.policy, mode: executable)
    try Files.createDirectory(Self.clusterSettingsDirectory, mode: executable)
    try AtomicFile.write(
      "create_main_cluster = false\n", to: Self.clusterSettings,
      mode: [.ownerReadWrite, .groupRead, .otherRead])
  }

  func end(log: Logger?) async throws {
    for service in services { try await disable(service, log: log) }
    try Files.remove(Self.clusterSettings)
    if Files.exists(Self.savedPolicy) {
      try Self.rename(Self.savedPolicy, to: Self.policy)
    } else {
      try Files.remove(Self.policy)
    }
  }

  /// So that it does not start at the next boot either.
  private func disable(_ service: String, log: Logger?) async throws {
    guard Self.isKnown(service) else { return }
    if Files.exists("/usr/bin/systemctl") {
      _ = try await ChildProcess("/usr/bin/systemctl", ["disable", "\(service).service"]).run(log: log)
    } else if Files.exists("/usr/sbin/update-rc.d") {
      _ = try await ChildProcess("/usr/sbin/update-rc.d", [service, "disable"]).run(log: log)
    }
  }

  private static func rename(_ old: FilePath, to new: FilePath) throws(Problem) {
    let status = old.withPlatformString { old in new.withPlatformString { new in Glibc.rename(old, new) } }
    if status != 0 { throw Problem(Errno(rawValue: errno), "rename", old) }
    try Files.synchronize(directory: new.removingLastComponent())
  }
}
