import Core
import Glibc
import SystemPackage
import TestServers
import Testing

@Suite struct ChildProcessTests {
  @Test func argumentsArriveAsGiven() async throws {
    let arguments = ["a b", "$HOME", "*", "'\"", "", "-n", "ünï\tx"]
    let result = try await ChildProcess("printf", ["%s\\n"] + arguments).run()
    #expect(result.standardOutput == arguments.joined(separator: "\n") + "\n")
  }

  @Test func environmentIsCleanButForWhatIsGiven() async throws {
    setenv("OLARES_CLI_TEST_LEAK", "leaked", 1)
    defer { unsetenv("OLARES_CLI_TEST_LEAK") }
    let result = try await ChildProcess("/usr/bin/env", [], environment: ["PGPASSFILE": "/p"]).run()
    #expect(
      result.standardOutput.split(separator: "\n").sorted() == [
        "LANG=C.UTF-8", "PATH=\(ChildProcess.searchPath)", "PGPASSFILE=/p",
      ])
  }

  @Test(.enabled(if: UserAccount.isRoot, "only root can become another user"))
  func runsAsAnotherUserWithNoGroupOfOurs() async throws {
    let nobody = try #require(UserAccount(named: "nobody"))
    let result = try await ChildProcess(
      "sh", ["-c", "id -u; id -g; id -G; echo $HOME"], user: nobody, workingDirectory: "/"
    ).check()
    #expect(
      result.standardOutput == "\(nobody.userID)\n\(nobody.groupID)\n\(nobody.groupID)\n\(nobody.home)\n")
  }

  @Test func unknownAccountIsNil() {
    #expect(UserAccount(named: "no-such-user-here") == nil)
    #expect(UserAccount(named: "root")?.userID == 0)
  }

  @Test func standardInputIsEmpty() async throws {
    #expect(try await ChildProcess("cat", []).check().standardOutput.isEmpty)
  }

  @Test func statusIsAResult() async throws {
    #expect(try await ChildProcess("sh", ["-c", "exit 3"]).run().status == 3)
    #expect(try await ChildProcess("sh", ["-c", "kill -KILL $$"]).run().status == 128 + SIGKILL)
  }

  @Test func bothStreamsAreKeptApart() async throws {
    let result = try await ChildProcess("sh", ["-c", "echo out; echo err >&2; printf '\\377'"]).run()
    #expect(result.standardOutput == "out\n\u{fffd}")
    #expect(result.standardError == "err\n")
  }

  @Test func outputBeyondTheLimitIsAnError() async throws {
    let problem = await #expect(throws: Problem.self) {
      try await ChildProcess("head", ["-c", "1000000", "/dev/zero"]).run(outputLimit: 1000)
    }
    #expect(problem?.code == "too-much-output")
    #expect(problem?.message.contains("head") == true)
  }

  @Test func missingProgramIsNamed() async throws {
    for name in ["no-such-program-here", "/no/such/program"] {
      let problem = await #expect(throws: Problem.self) { try await ChildProcess(name, []).run() }
      #expect(problem?.code == "cannot-run")
      #expect(problem?.exitStatus == .unavailable)
      #expect(problem?.message.contains(name) == true)
    }
  }

  @Test func failureShowsTheLastLinesWithoutSecrets() async throws {
    let secret = Secret.random()
    let script = "for i in 1 2 3 4 5 6 7 8 9; do echo line $i >&2; done; echo key $KEY >&2; exit 2"
    let problem = await #expect(throws: Problem.self) {
      try await ChildProcess("sh", ["-c", script], environment: ["KEY": secret.reveal()]).check()
    }
    #expect(problem?.code == "child-failed")
    #expect(problem?.message.contains("status 2") == true)
    #expect(problem?.cause?.hasPrefix("line 3\n") == true)
    #expect(problem?.cause?.hasSuffix("\nkey •••") == true)
  }

  @Test func workingDirectoryIsUsed() async throws {
    try await Scratch.with { scratch async throws in
      let result = try await ChildProcess("pwd", ["-P"], workingDirectory: scratch.path).check()
      #expect(result.standardOutput == "\(scratch.path)\n")
    }
  }

  @Test func cancellationEndsTheProgram() async throws {
    try await Scratch.with { scratch async throws in
      let started = scratch.path.appending("started")
      let run = Task { try await ChildProcess("sh", ["-c", "echo $$ >\(started); exec sleep 600"]).check() }
      let process = try await processID(writtenTo: started)
      run.cancel()
      await #expect(throws: CancellationError.self) { try await run.value }
      #expect(kill(process, 0) == -1 && errno == ESRCH)
    }
  }
}
