import Core
import Glibc
import SystemPackage
import Testing

@Suite struct ConsoleTests {
  private let out = Console.Capture(), err = Console.Capture()

  private func console(_ verbosity: Console.Verbosity = .normal) -> Console {
    Console(standardOutput: .capture(out), standardError: .capture(err), verbosity: verbosity)
  }

  @Test func onlyResultsGoToStandardOutput() {
    let console = console(.verbose)
    console.output("result")
    console.output("")
    console.note("note")
    console.detail("detail")
    console.warn("careful")
    console.show(Problem("a", .failed, "broken"))
    #expect(out.text == "result\n")
    #expect(err.text == "note\ndetail\nwarning: careful\nerror: broken\n")
  }

  @Test(arguments: [
    (Console.Verbosity.quiet, "warning: w\n"), (.normal, "n\nwarning: w\n"), (.verbose, "n\nd\nwarning: w\n"),
  ])
  func verbosityLeavesOut(verbosity: Console.Verbosity, said: String) {
    let console = console(verbosity)
    console.note("n")
    console.detail("d")
    console.warn("w")
    #expect(err.text == said)
  }

  @Test func standardErrorHidesSecrets() {
    let secret = Secret.random().reveal()
    let console = console(.verbose)
    console.note("noted \(secret)")
    console.detail("run \(secret)")
    console.raw("prompt \(secret)")
    console.warn("server said \(secret)")
    console.show(Problem("a", .failed, "b", hint: "use \(secret)", cause: "FATAL: \(secret)"))
    StepReport(console: console, names: ["step \(secret)"])(.failed("step \(secret)"))
    #expect(!err.text.contains(secret))
    #expect(err.text.contains("noted •••") && err.text.contains("FATAL: •••"))
  }

  @Test func confirmationNeedsSomebodyOrYes() throws {
    let console = console()
    try console.confirm("Sure?", assumingYes: true)
    let problem = #expect(throws: Problem.self) { try console.confirm("Sure?", assumingYes: false) }
    #expect(problem?.exitStatus == .usage)
    #expect(problem?.hints.first?.contains("--yes") == true)
    #expect(err.text.isEmpty)
  }

  @Test func fullDiskBehindTheOutputIsRemembered() throws {
    let full = try FileDescriptor.open("/dev/full", .writeOnly)
    defer { try? full.close() }
    let console = Console(standardOutput: .descriptor(full.rawValue), standardError: .capture(err))
    #expect(console.outputFailure == nil)
    console.output("lost")
    #expect(console.outputFailure?.exitStatus == .ioError)
  }

  @Test func failureOfStandardErrorIsNotTheOutputs() throws {
    let full = try FileDescriptor.open("/dev/full", .writeOnly)
    defer { try? full.close() }
    let console = Console(standardOutput: .capture(out), standardError: .descriptor(full.rawValue))
    console.note("lost")
    #expect(console.outputFailure == nil)
  }

  @Test func noColorAndDumbTerminalsAreHonoured() {
    for environment in [["TERM": "xterm", "NO_COLOR": "1"], ["TERM": "dumb"], [:]] {
      let console = Console(environment: environment)
      #expect(console.errorStyle.error("x") == "x")
      #expect(console.outputStyle.bold("x") == "x")
    }
  }

  @Test func stepsAreOneLineEachWhereNothingCanBeRedrawn() {
    let report = StepReport(console: console(), names: ["checks", "PostgreSQL"])
    report(.began("checks"))
    report(.finished("checks", detail: "all well", changed: true, duration: .milliseconds(120)))
    report(.began("PostgreSQL"))
    report(.finished("PostgreSQL", detail: "there", changed: false, duration: .milliseconds(1)))
    report(.failed("redis"))
    report(.undoFailed("redis", Problem("a", .failed, "stuck")))
    #expect(
      err.text == """
          ✓ checks      all well  0.1 s
          ✓ PostgreSQL  there (unchanged)
          ✗ redis
          ✗ redis       could not be taken back: stuck

        """)
  }
}
