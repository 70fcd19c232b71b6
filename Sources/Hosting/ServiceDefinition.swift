package import SystemPackage

/// A program that runs as long as the machine does, or once at each boot.
package struct ServiceDefinition: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// Runs until it is stopped, and is started again when it ends by itself.
    case daemon
    /// Ends by itself; at boot it comes before the daemons.
    case once
  }

  package enum StopSignal: String, Sendable {
    case terminate = "TERM"
    case interrupt = "INT"
  }

  /// How to see that it serves.
  package enum Readiness: Sendable, Hashable {
    case listening(port: UInt16)
    /// Serves as soon as this command ends with status 0.
    case command([String])
    /// There is nothing to wait for.
    case started
  }

  /// Unique within an instance; letters, digits and hyphens, such as `redis-7001`.
  package var name: String
  /// What it is, for people.
  package var summary: String
  package var kind: Kind
  /// The argument vector. It must stay in the foreground and hold no secret, since every user can read it.
  package var command: [String]
  /// The account it runs as; nil: root.
  package var account: String?
  /// `NAME=value` lines that only root can read.
  package var environmentFile: FilePath?
  package var workingDirectory: FilePath?
  package var stopSignal: StopSignal
  package var readiness: Readiness

  package init(
    _ name: String, summary: String, kind: Kind = .daemon, command: [String], account: String? = nil,
    environmentFile: FilePath? = nil, workingDirectory: FilePath? = nil, stopSignal: StopSignal = .terminate,
    readiness: Readiness = .started
  ) {
    self.name = name
    self.summary = summary
    self.kind = kind
    self.command = command
    self.account = account
    self.environmentFile = environmentFile
    self.workingDirectory = workingDirectory
    self.stopSignal = stopSignal
    self.readiness = readiness
  }
}

/// What a supervisor says about a service.
package struct ServiceState: Sendable, Hashable {
  package enum Condition: String, Sendable {
    case running
    case stopped
    /// It ended by itself, or cannot be started.
    case failed
    /// The supervisor does not know it.
    case absent
  }

  package let name: String
  package let condition: Condition
  package let processID: Int32?
  package let upTime: Duration?

  package init(name: String, condition: Condition, processID: Int32? = nil, upTime: Duration? = nil) {
    self.name = name
    self.condition = condition
    self.processID = processID
    self.upTime = upTime
  }
}
