import Core
package import Logging
package import SystemPackage

/// The services of one instance, kept running by systemd where that is PID 1 and by Debian's runit elsewhere.
package struct Services: Sendable {
  package enum Supervisor: String, Sendable {
    case systemd
    case runit
  }

  package let supervisor: Supervisor
  private let systemd: SystemdServices
  private let runit: RunitServices

  /// - Parameters:
  ///   - directory: runit's service directories.
  ///   - logs: where runit's loggers write, a directory per service; systemd keeps its own journal.
  ///   - unitPrefix: put before names of systemd units, so that instances stay apart.
  package init(
    _ supervisor: Supervisor, directory: FilePath, logs: FilePath, unitPrefix: String, log: Logger? = nil
  ) {
    self.supervisor = supervisor
    systemd = SystemdServices(prefix: unitPrefix, log: log)
    runit = RunitServices(directory: directory, logs: logs, log: log)
  }

  /// The packages that the supervisor needs.
  package static func packages(for supervisor: Supervisor) -> [String] {
    supervisor == .runit ? ["runit"] : []
  }

  /// The names of those of `services` that are not set up as described.
  package func outdated(_ services: [ServiceDefinition]) throws -> [String] {
    switch supervisor {
    case .systemd: try systemd.outdated(services)
    case .runit: try runit.outdated(services)
    }
  }

  /// Sets the services up as described, for now and for every boot, and starts none that is new.
  /// - Throws: `Problem` when a file cannot be written or the supervisor refuses it.
  package func install(_ services: [ServiceDefinition]) async throws {
    switch supervisor {
    case .systemd: try await systemd.install(services)
    case .runit: try runit.install(services)
    }
  }

  /// Whether what runs once ran, and something starts services again when they end.
  package func isSupervising() throws -> Bool {
    switch supervisor {
    case .systemd: true
    case .runit: try runit.supervisorID() != nil
    }
  }

  /// Starts what does not run, in order, and waits until each serves.
  ///
  /// Under a runit supervisor that has to be started itself, all services start anew.
  /// - Throws: `Problem` `service-failed` with the last lines of its log.
  package func start(_ services: [ServiceDefinition], patience: Duration = .seconds(60)) async throws {
    switch supervisor {
    case .systemd: try await systemd.start(services)
    case .runit: try await runit.start(services)
    }
    for service in services { try await waitUntilReady(service, patience: patience) }
  }

  /// Stops what runs, in reverse order, and waits until it has ended; at the next boot it starts again.
  package func stop(_ services: [ServiceDefinition]) async throws {
    switch supervisor {
    case .systemd: try await systemd.stop(services)
    case .runit: try await runit.stop(services)
    }
  }

  package func restart(_ services: [ServiceDefinition]) async throws {
    try await stop(services)
    try await start(services)
  }

  /// The names of all services that are set up, whole or in part, whatever they are described as today.
  package func installed() throws -> [String] {
    switch supervisor {
    case .systemd: try systemd.installed()
    case .runit: try runit.installed()
    }
  }

  /// Stops the services and takes them off the machine; their logs stay. A supervisor that has nothing left to do ends.
  package func remove(_ names: [String]) async throws {
    switch supervisor {
    case .systemd: try await systemd.remove(names)
    case .runit: try await runit.remove(names)
    }
  }

  package func states(of services: [ServiceDefinition]) async throws -> [ServiceState] {
    switch supervisor {
    case .systemd: try await systemd.states(of: services)
    case .runit: try await runit.states(of: services)
    }
  }

  /// The last lines that the service printed.
  package func logTail(of service: ServiceDefinition, lines: Int) async throws -> String {
    switch supervisor {
    case .systemd: try await systemd.logTail(of: service, lines: lines)
    case .runit: try await runit.logTail(of: service, lines: lines)
    }
  }

  private func waitUntilReady(_ service: ServiceDefinition, patience: Duration) async throws {
    let deadline = ContinuousClock.now + patience
    while try await !service.isReady() {
      guard ContinuousClock.now < deadline else {
        let said = (try? await logTail(of: service, lines: 8)) ?? ""
        throw Problem(
          "service-failed", .unavailable, "\(service.name) does not answer after \(patience.forPeople)",
          hint: "see what it says: olares-cli service logs \(service.name)", cause: said.isEmpty ? nil : said)
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}

extension ServiceDefinition {
  /// Whether it serves, asked once.
  package func isReady() async throws -> Bool {
    switch readiness {
    case .started: true
    case .listening(let port): try PortHolder.isListening(on: port)
    case .command(let command):
      try await ChildProcess(command[0], Array(command.dropFirst()), user: account.flatMap(UserAccount.init(named:)))
        .run().succeeded
    }
  }
}
