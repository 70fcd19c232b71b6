import Apps
import Configuration
import Core
import TestServers
import Testing

@testable import PostgreSQL

@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLShell {
  @Test func isPsqlAsTheApp() async throws {
    try await PostgreSQLMachine.with(try await .shared()) { machine in
      let wiki = try await machine.newApp(databases: ["main", "second"])
      let (app, owner) = ("\(wiki.app)", "\(wiki.owner)")
      let role = try RoleName(username: "app", of: wiki)
      let piped = try await machine.run(
        "shell", "postgres", "--app", app, "--owner", owner, "--name", "second", "--", "-Atq",
        input: "echo 'SELECT current_user, session_user, current_database();'")
      #expect(piped.standardOutput == "\(role)|\(role)|wiki_\(owner)_second\n")
      #expect(piped.status == 0)

      let several = try await machine.run("shell", "--app", app, "--owner", owner)
      #expect(several.status == Core.ExitStatus.usage.rawValue)
      #expect(several.standardError.contains("main, second"))

      func shell(_ command: String) async throws -> ChildProcess.Result {
        try await machine.run("shell", "--app", app, "--owner", owner, "--name", "main", "--", "-c", command)
      }
      #expect(try await shell("SELECT 1").status == 0)
      #expect(try await shell("SELECT 1/0").status == 1)
      let script = try await machine.run(
        "shell", "--app", app, "--owner", owner, "--name", "main", "--", "-v", "ON_ERROR_STOP=1",
        input: "echo 'SELECT 1/0;'")
      #expect(script.status == 3)

      // What every user of the machine can read of the process.
      let arguments = try await shell("\\! tr '\\0' ' ' </proc/$PPID/cmdline")
      let password = try #require(try machine.layer.secrets.secrets(of: wiki).postgres?.password.secret.reveal())
      #expect(arguments.standardOutput.contains("psql"))
      #expect(!arguments.standardOutput.contains(password))
      // Signals that a shell user expects to end a pipe and a query are neither blocked nor ignored.
      let signals = try await shell("\\! grep -E '^SigBlk' /proc/$PPID/status")
      // system(3) itself blocks SIGCHLD for that long.
      #expect(signals.standardOutput.contains(#/SigBlk:\t00000000000[01]0000\n/#))
    }
  }

  @Test func whoeverInheritsTheEnvironmentDecidesNothing() throws {
    let endpoint = PostgreSQLEndpoint(host: "127.0.0.1", port: 1, user: "u", password: Secret("p"), database: "d")
    let program = try PsqlProgram(
      to: endpoint, arguments: ["-c", "x"],
      inherited: ["PGHOST": "elsewhere", "PGOPTIONS": "-c role=x", "PGSERVICE": "s", "TERM": "xterm", "PSQLRC": "r"])
    #expect(program.environment["PGHOST"] == "127.0.0.1")
    #expect(program.environment["PGOPTIONS"] == nil && program.environment["PGSERVICE"] == nil)
    #expect(program.environment["TERM"] == "xterm" && program.environment["PSQLRC"] == "r")
    #expect(program.arguments == ["-c", "x"])
  }

  @Test func missingProgramNamesItsPackage() throws {
    let endpoint = PostgreSQLEndpoint(host: "127.0.0.1", port: 1, user: "u")
    let missing = #expect(throws: Problem.self) {
      try PsqlProgram(to: endpoint, arguments: [], inherited: [:], searchPath: "/nowhere:/dev")
    }
    #expect(missing?.code == "missing-psql")
    #expect(missing?.exitStatus == .unavailable)
    #expect(missing?.hints == ["apt install postgresql-client"])
  }
}
