import Core
import SystemPackage
import Testing

@Suite struct ProblemTests {
  @Test func messageCauseAndHintsComeInThatOrder() {
    let problem = Problem(
      "port-taken", .cannotCreate, "port 5432 is taken", hint: "use that server", "or another port", "or none",
      cause: "bind: in use\nsecond line")
    #expect(
      problem.description == """
        error: port 5432 is taken
          cause: bind: in use
                 second line
          hint: use that server
            or: or another port
                or none
        """)
  }

  @Test func locationIsShownWithItsLine() {
    let location = SourceLocation(file: "app.yaml", line: 12, column: 3, lineText: "  name: X", length: 4)
    #expect(
      Problem("bad-name", .badData, "not a name", at: location).description == """
        error: not a name
          --> app.yaml:12:3
           12 |   name: X
              |   ^^^^
        """)
  }

  @Test func laterHintLinesAreAligned() {
    let problem = Problem("a", .failed, "b", hint: "first:\nsecond")
    #expect(problem.description == "error: b\n  hint: first:\n        second")
  }

  @Test func nothingInItMovesTheCursor() {
    let problem = Problem(
      "a", .failed, "name \u{1b}[2J\r\nforged", hint: "\u{9b}1A", cause: "a\tb\u{7}\u{8}")
    let text = problem.description
    #expect(text.allSatisfy { $0 == "\n" || $0.isPrintable })
    #expect(text.contains("a b"))
  }

  @Test func coloursSurroundOnlyTheLabels() {
    let text = Problem("a", .failed, "b", hint: "c").rendered(with: .colored)
    #expect(text == "\u{1b}[1;31merror:\u{1b}[0m b\n  \u{1b}[36mhint:\u{1b}[0m c")
  }

  @Test func anyErrorBecomesAProblem() {
    struct Odd: Error {}
    #expect(Problem(CancellationError()).exitStatus == .interrupted)
    #expect(Problem(Problem("x", .busy, "y")).code == "x")
    #expect(Problem(Odd()).code == "unexpected")
  }

  @Test func hintsAreAdded() {
    #expect(Problem("a", .failed, "b", hint: "c").adding(hint: "d").hints == ["c", "d"])
  }

  @Test func systemErrorsKeepTheirKind() {
    let kinds: [(Errno, String, Core.ExitStatus)] = [
      (.noSuchFileOrDirectory, "no-such-file", .noInput),
      (.permissionDenied, "permission-denied", .notPermitted),
      (.noSpace, "disk-full", .ioError),
      (.readOnlyFileSystem, "read-only", .ioError),
      (.fileExists, "file-exists", .cannotCreate),
      (.ioError, "io-error", .ioError),
    ]
    for (errno, code, status) in kinds {
      let problem = Problem(errno, "read", "/a/b")
      #expect(problem.code == code)
      #expect(problem.exitStatus == status)
      #expect(problem.message.hasPrefix("cannot read /a/b: "))
    }
  }
}
