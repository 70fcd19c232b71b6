import Core
import Testing

@testable import YAML

@Suite struct YAMLEmitterTests {
  @Test func writesBlockStyle() throws {
    let text = try YAMLEmitter.emit([
      "name": "alice", "port": 5432, "ratio": 2.0, "tls": false, "none": nil,
      "databases": ["wiki", ["a": "b", "c": "d"]], "empty": [], "nothing": .mapping([]),
      "note": "first\nsecond\n",
    ])
    #expect(
      text == """
        name: alice
        port: 5432
        ratio: 2.0
        tls: false
        none: null
        databases:
        - wiki
        - a: b
          c: d
        empty: []
        nothing: {}
        note: |
          first
          second

        """)
  }

  @Test(arguments: [
    "", " ", "yes", "No", "null", "~", "12", "1.5", "0x1f", "1e5", "12:30", "2024-01-01", ".inf", "=", "<<", "-", "- a",
    "a: b", "a #b", "#a", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "[", "{a}", "'", "\"", "\\", "a\nb", "a\n",
    "\na", "\n", "  a\n b", "a \nb", "a\tb", "\t", "\u{0}", "\u{1b}[31m", "\u{85}", "\u{2028}", "\u{feff}", "é", "日本",
    "😀", "trailing ", " leading", "a\r\nb", "a\n\n\n", "---", "...", "? a", "!!str x", "$2a$10$abc/def=", "~/x", "on",
    "y", "{{ .Values.x }}", "a\n--- b\n...\n",
  ])
  func everyTextReadsBackTheSame(text: String) throws {
    let emitted = try YAMLEmitter.emit([
      "k": .string(text), "l": [.string(text)], "m": .mapping([(key: text, value: .int(1))]),
    ])
    let root = try YAMLParser.parse(emitted, file: "emitted")
    for node in [root["k"], try root["l"]?.sequence().first, try root["m"]?.mapping().entries.first?.key] {
      guard case .scalar(let scalar)? = node?.content else {
        Issue.record("no scalar in \(emitted)")
        continue
      }
      #expect(scalar.value == .string(text))
    }
    let alone = try YAMLEmitter.emit(YAMLValue.string(text))
    let top = try YAMLParser.parse(alone, file: "emitted")
    #expect(try top.string() == text)
  }

  @Test(arguments: [0.0, -0.5, 1e21, 1e-7, 123456.789, .infinity, -.infinity, 2.5e-300])
  func doublesReadBackTheSame(number: Double) throws {
    let root = try YAMLParser.parse(try YAMLEmitter.emit(["k": .double(number)]), file: "emitted")
    guard case .scalar(let scalar)? = root["k"]?.content else {
      Issue.record("no scalar")
      return
    }
    #expect(scalar.value == .double(number))
  }

  @Test func longLinesAreNotFolded() throws {
    let long = Array(repeating: "word", count: 100).joined(separator: " ")
    #expect(try YAMLEmitter.emit(["k": .string(long)]) == "k: \(long)\n")
  }
}
