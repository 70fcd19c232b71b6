import Core
import Glibc
import Logging
import SystemPackage

/// Services as runit service directories under a supervisor (runsvdir(8)) of this instance's own.
struct RunitServices: Sendable {
  /// A subdirectory per service.
  let directory: FilePath
  let logs: FilePath
  let log: Logger?

  private static let executable: FilePermissions = [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute]
  private static let readable: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]

  /// What runs once is no service directory: it is run by `start`, which is what boots such a machine.
  func outdated(_ services: [ServiceDefinition]) throws(Problem) -> [String] {
    var names: [String] = []
    for service in services where service.kind == .daemon {
      for (path, text, _) in files(of: service)
      where try Files.readTextIfPresent(directory.appending(service.name).pushing(path)) != text {
        names.append(service.name)
        break
      }
    }
    return names
  }

  func install(_ services: [ServiceDefinition]) throws(Problem) {
    try Files.createDirectory(directory)
    let outdated = try outdated(services)
    for service in services where outdated.contains(service.name) {
      try Files.createDirectory(logs.appending(service.name))
      try AtomicFile.write(
        RunitScripts.logSettings, to: logs.appending(service.name).appending("config"), mode: Self.readable)
      // A new directory appears whole: the supervisor passes over names that begin with a dot.
      let place = directory.appending(service.name)
      let isNew = !Files.isDirectory(place)
      let target = isNew ? directory.appending(".\(service.name)") : place
      for (path, text, mode) in files(of: service) {
        let file = target.pushing(path)
        try Files.createDirectory(file.removingLastComponent())
        try AtomicFile.write(text, to: file, mode: mode)
      }
      if isNew {
        let status = target.withPlatformString { old in place.withPlatformString { rename(old, $0) } }
        if status != 0 { throw Problem(Errno(rawValue: errno), "rename", target) }
      }
    }
  }

  func start(_ services: [ServiceDefinition]) async throws {
    var failure: (any Error)?
    for service in services where service.kind == .once {
      let user = service.account.flatMap(UserAccount.init(named:))
      do {
        try await ChildProcess(
          service.command[0], Array(service.command.dropFirst()), user: user,
          workingDirectory: service.workingDirectory
        ).check(log: log)
      } catch {
        // The daemons start all the same, as under systemd.
        failure = error
      }
    }
    if try supervisorID() == nil { try await startSupervisor() }
    for service in services where service.kind == .daemon {
      try await waitForSupervision(of: service)
      try await sv("start", directory.appending(service.name), patience: 10)
    }
    if let failure { throw failure }
  }

  func stop(_ services: [ServiceDefinition]) async throws {
    for service in services.reversed() where service.kind == .daemon && isSupervised(directory.appending(service.name))
    {
      try await sv("stop", directory.appending(service.name), patience: 120)
    }
  }

  /// A directory that is being set up or taken down has a dot before its name.
  func installed() throws(Problem) -> [String] {
    let names = try Files.names(in: directory).filter { Files.isDirectory(directory.appending($0)) }
    return Array(Set(names.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 })).sorted()
  }

  func remove(_ names: [String]) async throws {
    for name in names {
      let place = directory.appending(name)
      let hidden = directory.appending(".\(name)")
      // Out of the supervisor's sight first, or it would start a new runsv in the place of the one that ends.
      if Files.exists(place) {
        try await ChildProcess("/bin/rm", ["-rf", hidden.string]).check(log: log)
        let status = place.withPlatformString { old in hidden.withPlatformString { rename(old, $0) } }
        if status != 0 { throw Problem(Errno(rawValue: errno), "rename", place) }
      }
      if isSupervised(hidden) { try await sv("exit", hidden, patience: 120) }
      try await ChildProcess("/bin/rm", ["-rf", hidden.string]).check(log: log)
    }
    if try installed().isEmpty { try await endSupervisor() }
  }

  private func endSupervisor() async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while let id = try supervisorID() {
      kill(id, SIGHUP)
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "service-failed", .unavailable, "the supervisor (runsvdir, pid \(id)) does not end",
          hint: "end it, then run the command again: kill -KILL \(id)")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  func states(of services: [ServiceDefinition]) async throws -> [ServiceState] {
    let isSupervising = try supervisorID() != nil
    var states: [ServiceState] = []
    for service in services {
      switch service.kind {
      case .once:
        // It is run before the supervisor starts, and that start reports a failure.
        states.append(ServiceState(name: service.name, condition: isSupervising ? .running : .stopped))
      case .daemon:
        let path = directory.appending(service.name)
        guard Files.isDirectory(path) else {
          states.append(ServiceState(name: service.name, condition: .absent))
          continue
        }
        let said = try await ChildProcess("/usr/bin/sv", ["status", path.string]).run(log: log).standardOutput
        states.append(Self.state(of: service.name, at: path, in: said))
      }
    }
    return states
  }

  /// - Parameter said: what `sv status` prints (sv(8)): `run: PATH: (pid 812) 45s; run: log: …`, or
  ///   `down: PATH: 3s, normally up`, or that no runsv is there.
  static func state(of name: String, at path: FilePath, in said: String) -> ServiceState {
    let service = said.split(separator: ";").first ?? ""
    if service.hasPrefix("run: \(path): ") {
      let words = service.dropFirst("run: \(path): ".count).split { " ,()\n".contains($0) }
      let seconds = words.dropFirst(2).first.flatMap { Int64($0.dropLast()) }
      return ServiceState(
        name: name, condition: .running, processID: words.dropFirst().first.flatMap { Int32($0) },
        upTime: seconds.map { .seconds($0) })
    }
    let wantsUp = service.contains("want up") || service.hasPrefix("finish: ")
    return ServiceState(name: name, condition: wantsUp ? .failed : .stopped)
  }

  func logTail(of service: ServiceDefinition, lines: Int) async throws -> String {
    let current = logs.appending(service.name).appending("current")
    guard Files.exists(current) else { return "" }
    return try await ChildProcess("/usr/bin/tail", ["-n", "\(lines)", "--", current.string]).check(log: log)
      .standardOutput
  }

  // MARK: The supervisor

  /// The process that supervises `directory`; found by its argument vector, which no left-over file can fake.
  func supervisorID() throws(Problem) -> Int32? {
    for name in try Files.names(in: "/proc") {
      guard let id = Int32(name),
        let text = try? Files.readTextIfPresent(FilePath("/proc").appending(name).appending("cmdline"))
      else { continue }
      if text.split(separator: "\0").map(String.init) == supervisorCommand { return id }
    }
    return nil
  }

  private var supervisorCommand: [String] { ["/usr/bin/runsvdir", "-P", directory.string] }

  private func startSupervisor() async throws {
    // Also without a daemon: that it runs tells that what runs once has run since the machine was started.
    guard Files.isDirectory(directory) else { return }
    let names = try Files.names(in: directory).filter { !$0.hasPrefix(".") }
    // What a killed supervisor left running would not let a new one have its services.
    for place in names.map({ directory.appending($0) }) where isSupervised(place) {
      try await sv("exit", place, patience: 120)
    }
    try DetachedProcess.start(supervisorCommand, output: logs.appending("runsvdir.log"))
    let deadline = ContinuousClock.now + .seconds(20)
    while try supervisorID() == nil {
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "service-failed", .unavailable, "the supervisor (runsvdir) does not start",
          hint: "see what it says: tail \(logs.appending("runsvdir.log"))")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func isSupervised(_ place: FilePath) -> Bool {
    // runsv holds the pipe open for reading as long as it lives (sv(8) makes the same test).
    let pipe = place.appending("supervise").appending("ok")
    guard let descriptor = try? FileDescriptor.open(pipe, .writeOnly, options: [.nonBlocking, .closeOnExec]) else {
      return false
    }
    try? descriptor.close()
    return true
  }

  /// The supervisor looks for new directories every five seconds.
  private func waitForSupervision(of service: ServiceDefinition) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !isSupervised(directory.appending(service.name)) {
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "service-failed", .unavailable, "runit does not take up \(service.name)",
          hint: "see what it says: tail \(logs.appending("runsvdir.log"))")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func sv(_ command: String, _ place: FilePath, patience: Int) async throws {
    let result = try await ChildProcess("/usr/bin/sv", ["-w", "\(patience)", command, place.string]).run(log: log)
    guard result.succeeded else {
      let name = place.lastComponent?.string ?? ""
      throw Problem(
        "service-failed", .unavailable, "cannot \(command) \(name)",
        hint: "see what it says: olares-cli service logs \(name)",
        cause: "\(result.standardOutput)\(result.standardError)".split(separator: "\n").joined(separator: "\n"))
    }
  }

  private func files(of service: ServiceDefinition) -> [(path: FilePath, text: String, mode: FilePermissions)] {
    var files: [(FilePath, String, FilePermissions)] = [
      ("log/run", RunitScripts.log(directory: logs.appending(service.name)), Self.executable)
    ]
    if let stop = RunitScripts.stop(service) { files.append(("control/t", stop, Self.executable)) }
    // Last: a service directory without it is not started.
    files.append(("run", RunitScripts.run(service), Self.executable))
    return files
  }
}
