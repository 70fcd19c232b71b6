import Core
import Glibc
import Logging
import SystemPackage

/// Services as systemd units.
struct SystemdServices: Sendable {
  let prefix: String
  let log: Logger?

  private static let units: FilePath = "/etc/systemd/system"

  func unitName(_ name: String) -> String { "\(prefix)\(name).service" }

  func outdated(_ services: [ServiceDefinition]) throws(Problem) -> [String] {
    var names: [String] = []
    for service in services where try Files.readTextIfPresent(file(service.name)) != text(service, among: services) {
      names.append(service.name)
    }
    return names
  }

  func install(_ services: [ServiceDefinition]) async throws {
    let outdated = try outdated(services)
    guard !outdated.isEmpty else { return }
    for service in services where outdated.contains(service.name) {
      try AtomicFile.write(
        text(service, among: services), to: file(service.name), mode: [.ownerReadWrite, .groupRead, .otherRead])
    }
    try await systemctl(["daemon-reload"])
    try await systemctl(["enable", "--quiet"] + outdated.map(unitName))
  }

  func start(_ services: [ServiceDefinition]) async throws {
    if services.isEmpty { return }
    try await systemctl(["start"] + services.map { unitName($0.name) })
  }

  func stop(_ services: [ServiceDefinition]) async throws {
    for service in services.reversed() { try await systemctl(["stop", unitName(service.name)]) }
  }

  func installed() throws(Problem) -> [String] {
    Self.names(ofUnits: try Files.names(in: Self.units), prefix: prefix)
  }

  static func names(ofUnits files: [String], prefix: String) -> [String] {
    let suffix = ".service"
    return files.filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) && $0.count > prefix.count + suffix.count }
      .map { String($0.dropFirst(prefix.count).dropLast(suffix.count)) }
  }

  func remove(_ names: [String]) async throws {
    for name in names where Files.exists(file(name)) {
      try await systemctl(["disable", "--now", "--quiet", unitName(name)])
      try Files.remove(file(name))
    }
    try await systemctl(["daemon-reload"])
  }

  func states(of services: [ServiceDefinition]) async throws -> [ServiceState] {
    var states: [ServiceState] = []
    for service in services {
      let properties = "LoadState,ActiveState,MainPID,ActiveEnterTimestampMonotonic"
      let shown = try await ChildProcess("/usr/bin/systemctl", ["show", "-p", properties, unitName(service.name)])
        .run(log: log).standardOutput
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      states.append(
        Self.state(of: service.name, in: shown, now: .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)))
    }
    return states
  }

  /// - Parameters:
  ///   - properties: what `systemctl show` prints.
  ///   - now: the monotonic clock.
  static func state(of name: String, in properties: String, now: Duration) -> ServiceState {
    var values: [Substring: Substring] = [:]
    for line in properties.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { values[parts[0]] = parts[1] }
    }
    guard values["LoadState"] == "loaded" else { return ServiceState(name: name, condition: .absent) }
    let condition: ServiceState.Condition =
      switch values["ActiveState"] {
      case "active", "reloading": .running
      case "inactive", "deactivating": .stopped
      default: .failed
      }
    guard condition == .running else { return ServiceState(name: name, condition: condition) }
    let since = values["ActiveEnterTimestampMonotonic"].flatMap { Int64($0) }
    return ServiceState(
      name: name, condition: .running, processID: values["MainPID"].flatMap { Int32($0) }.flatMap { $0 > 0 ? $0 : nil },
      upTime: since.map { now - .microseconds($0) })
  }

  func logTail(of service: ServiceDefinition, lines: Int) async throws -> String {
    try await ChildProcess(
      "/usr/bin/journalctl", ["-u", unitName(service.name), "-n", "\(lines)", "--no-pager", "-q"]
    ).check(log: log).standardOutput
  }

  private func file(_ name: String) -> FilePath { Self.units.appending(unitName(name)) }

  /// What runs once comes before every daemon.
  private func text(_ service: ServiceDefinition, among services: [ServiceDefinition]) -> String {
    let daemons = services.filter { $0.kind == .daemon }.map { unitName($0.name) }
    return SystemdUnit.text(for: service, before: service.kind == .once ? daemons : [])
  }

  private func systemctl(_ arguments: [String]) async throws {
    let result = try await ChildProcess("/usr/bin/systemctl", arguments).run(log: log)
    guard result.succeeded else {
      throw Problem(
        "service-failed", .unavailable, "systemctl \(arguments.joined(separator: " ")) failed",
        hint: "see why: systemctl status \(arguments.last ?? "")",
        cause: result.standardError.split(separator: "\n").suffix(8).joined(separator: "\n"))
    }
  }
}
