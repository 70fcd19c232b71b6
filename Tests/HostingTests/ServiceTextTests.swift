import Core
import SystemPackage
import TestServers
import Testing

@testable import Hosting

@Suite struct ServiceTextTests {
  private let database = ServiceDefinition(
    "postgresql", summary: "PostgreSQL 15 of the Olares data layer",
    command: ["/usr/lib/postgresql/15/bin/postgres", "-D", "/olares/100% mine/$data"], account: "postgres",
    environmentFile: "/root/.olares/service env", workingDirectory: "/olares", stopSignal: .interrupt)
  private let mounts = ServiceDefinition(
    "storage", summary: "Bind mounts of the Olares data layer", kind: .once,
    command: ["/usr/local/bin/olares-cli", "storage", "mount"])

  @Test func unitOfADaemon() {
    #expect(
      SystemdUnit.text(for: database, before: []) == #"""
        [Unit]
        Description=PostgreSQL 15 of the Olares data layer
        After=network.target local-fs.target
        StartLimitIntervalSec=0

        [Service]
        Type=exec
        Restart=always
        RestartSec=1
        LimitNOFILE=65536
        TimeoutStopSec=120
        KillMode=mixed
        KillSignal=SIGINT
        OOMScoreAdjust=-500
        User=postgres
        EnvironmentFile=/root/.olares/service env
        WorkingDirectory=/olares
        ExecStart=/usr/lib/postgresql/15/bin/postgres -D "/olares/100%% mine/$$data"

        [Install]
        WantedBy=multi-user.target

        """#)
  }

  @Test func unitOfWhatRunsOnce() {
    #expect(
      SystemdUnit.text(for: mounts, before: ["olares-postgresql.service"]) == """
        [Unit]
        Description=Bind mounts of the Olares data layer
        After=network.target local-fs.target
        Before=olares-postgresql.service

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/local/bin/olares-cli storage mount

        [Install]
        WantedBy=multi-user.target

        """)
  }

  @Test(.enabled(if: Files.exists("/usr/bin/systemd-analyze"), "needs systemd-analyze"))
  func systemdAcceptsTheUnits() async throws {
    try await Scratch.with { scratch in
      var service = database
      service.command = ["/bin/sleep", "a b", "%n", "\"'\\", "${HOME}"]
      service.environmentFile = nil
      for (name, service) in [("d.service", service), ("o.service", mountsOfTest)] {
        let file = scratch.path.appending(name)
        try AtomicFile.write(SystemdUnit.text(for: service, before: []), to: file)
        let result = try await ChildProcess("/usr/bin/systemd-analyze", ["verify", "--man=no", file.string]).run()
        #expect(result.succeeded, "\(result.standardError)")
        // Complaints about keys it does not know do not change the status.
        #expect(!result.standardError.contains(name), "\(result.standardError)")
      }
    }
  }

  private var mountsOfTest: ServiceDefinition {
    var service = mounts
    service.command[0] = "/bin/true"
    return service
  }

  @Test func runScript() {
    #expect(
      RunitScripts.run(database) == """
        #!/bin/sh
        # PostgreSQL 15 of the Olares data layer
        exec 2>&1
        cd /olares || exit 1
        set -a
        . '/root/.olares/service env' || exit 1
        set +a
        exec chpst -u postgres /usr/lib/postgresql/15/bin/postgres -D '/olares/100% mine/$data'

        """)
  }

  /// A shell reads back exactly the words that were quoted.
  @Test(arguments: ["plain", "", "it's", "$HOME `id` \"x\" \\", "two\nlines", "ünï", "*"])
  func shellReadsWordsBack(word: String) async throws {
    let result = try await ChildProcess("/bin/sh", ["-c", "printf %s \(RunitScripts.quoted(word))"]).run()
    #expect(result.standardOutput == word)
  }

  @Test func stopScript() {
    #expect(
      RunitScripts.stop(database) == """
        #!/bin/sh
        # runsv sends no SIGTERM when this ends with status 0. The shell's own kill: Debian need not have another.
        kill -INT "$(cat supervise/pid)"

        """)
    #expect(RunitScripts.stop(mounts) == nil)
  }
}
