import Core
import Testing

@Suite struct TableTests {
  private let table = Table(
    ["OWNER", .number("SIZE"), "PATH"], rows: [["alice", "9", "/olares/a"], ["bob", "1200", "/b"]])

  @Test func columnsLineUpAndLinesHaveNoTrailingBlanks() {
    #expect(
      table.rendered(width: nil, style: .plain) == """
        OWNER  SIZE  PATH
        alice     9  /olares/a
        bob    1200  /b
        """)
  }

  @Test func emptyTableIsEmpty() {
    #expect(Table(["A"], rows: []).rendered(width: nil, style: .plain).isEmpty)
  }

  @Test func narrowTerminalCutsTheWidestColumn() {
    let table = Table(["A", "B"], rows: [["x", String(repeating: "y", count: 50)]])
    let lines = table.rendered(width: 20, style: .plain).split(separator: "\n")
    #expect(lines[1] == "x  " + String(repeating: "y", count: 16) + "…")
    #expect(lines[1].count == 20)
  }

  @Test func nothingIsCutWhereThereIsNoTerminal() {
    let long = String(repeating: "y", count: 10_000)
    #expect(Table(["A"], rows: [[long]]).rendered(width: nil, style: .plain).hasSuffix("\n" + long))
  }

  @Test func wideCharactersAndCombiningMarksKeepTheColumns() {
    let table = Table(["NAME", "X"], rows: [["名前", "1"], ["e\u{301}", "2"], ["👍", "3"]])
    #expect(table.rendered(width: nil, style: .plain) == "NAME  X\n名前  1\ne\u{301}     2\n👍    3")
  }

  @Test func wideCharactersAreNotCutInHalf() {
    let table = Table(["A"], rows: [[String(repeating: "名", count: 20)]])
    #expect(table.rendered(width: 10, style: .plain).hasSuffix("\n名名名名…"))
  }

  @Test func cellsCannotBreakTheTable() {
    let table = Table(["A", "B"], rows: [["x\ny\u{1b}[2J", "z"]])
    #expect(table.rendered(width: nil, style: .plain) == "A        B\nx\u{fffd}y\u{fffd}[2J  z")
  }

  @Test(arguments: [
    0.04: "0.0 s", 0.25: "0.3 s", 59.94: "59.9 s", 59.97: "1 m 00 s", 125: "2 m 05 s", 11_520: "3 h 12 m",
    1_036_800: "12 d",
  ])
  func durationsAreForPeople(seconds: Double, text: String) {
    #expect(Duration.seconds(seconds).forPeople == text)
  }

  @Test(arguments: [
    0: "0 B", 512: "512 B", 9_400_000: "9.4 MB", 999_960: "1.0 MB", 137_000_000_000: "137 GB",
    1_800_000_000_000: "1.8 TB",
  ])
  func sizesAreForPeople(bytes: Int, text: String) {
    #expect(ByteCount(bytes).forPeople == text)
  }
}
