import Core
import Testing

@Suite struct SourceLocationTests {
  private func excerpt(_ text: String, column: Int, length: Int = 1, line: Int = 7) -> [String] {
    SourceLocation(file: "f", line: line, column: column, lineText: text, length: length).excerpt(with: .plain)
  }

  @Test func marksThePlace() {
    #expect(excerpt("key: value", column: 6, length: 5) == ["    7 | key: value", "      |      ^^^^^"])
  }

  @Test func unknownLinesShowNothing() {
    #expect(SourceLocation(file: "f", line: 1, column: 1).excerpt(with: .plain).isEmpty)
  }

  @Test func longLineNumbersKeepTheGutter() {
    #expect(excerpt("a", column: 1, line: 1_234_567) == ["1234567 | a", "        | ^"])
  }

  @Test func wideCharactersKeepTheMarkerAligned() {
    #expect(excerpt("名: 値x", column: 4) == ["    7 | 名: 値x", "      |     ^^"])
    #expect(excerpt("名: 値x", column: 5) == ["    7 | 名: 値x", "      |       ^"])
  }

  @Test func tabsAndEscapesBecomeBlanks() {
    #expect(excerpt("\ta\u{1b}[1m", column: 2) == ["    7 |  a [1m", "      |  ^"])
  }

  @Test func longLinesAreCutAroundThePlace() {
    let text = String(repeating: "a", count: 500) + "X" + String(repeating: "b", count: 500)
    let lines = excerpt(text, column: 501, length: 900)
    #expect(lines.count == 2)
    let shown = Array(lines[0]), marker = Array(lines[1])
    #expect(shown.count == 8 + 100)
    #expect(marker.firstIndex(of: "^") == shown.firstIndex(of: "X"))
    #expect(marker.count == shown.count)
  }

  @Test(arguments: [-5, 0, 1, 2, 3, 4, 100])
  func anyColumnCanBeShown(column: Int) {
    let lines = excerpt("ab", column: column, length: 3)
    #expect(lines[0] == "    7 | ab")
    #expect(lines[1].contains("^"))
  }

  @Test func emptyLineIsMarked() {
    #expect(excerpt("", column: 1) == ["    7 | ", "      | ^"])
  }

  @Test func diagnosticReadsLikeACompilers() {
    let location = SourceLocation(file: "a.yaml", line: 2, column: 1, lineText: "x: 1")
    let diagnostic = Diagnostic(.warning, at: location, "unknown key \"x\"", hint: "remove it")
    #expect(
      diagnostic.rendered(with: .plain) == """
        a.yaml:2:1: warning: unknown key "x"
            2 | x: 1
              | ^
          hint: remove it
        """)
  }
}
