import ArgumentParser

struct Service: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look after the services of the data layer",
    discussion: """
      systemd keeps them running where it is PID 1, Debian's runit elsewhere. There, start them by one command after a \
      reboot.

      Examples:
        olares-cli service list
        olares-cli service start
      """,
    subcommands: [
      ServiceList.self, ServiceStart.self, ServiceStop.self, ServiceRestart.self, ServiceLogs.self,
    ])
}
