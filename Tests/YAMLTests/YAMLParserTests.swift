import Core
import Testing

@testable import YAML

@Suite struct YAMLParserTests {
  private func parse(_ text: String) throws -> Node { try YAMLParser.parse(text, file: "f.yaml") }

  private func problem(_ text: String, limits: YAMLParser.Limits = .init()) throws -> Problem {
    try #require(throws: Problem.self) { try YAMLParser.parse(text, file: "f.yaml", limits: limits) }
  }

  @Test func keepsOrderAndPlaces() throws {
    let root = try parse("b: 1\na:\n  - x\n  - \"ü y\": [1, 2]\n")
    #expect(try root.mapping().entries.map(\.name) == ["b", "a"])
    let inner = try #require(try root["a"]?.sequence()[1])
    let entry = try #require(try inner.mapping().entries.first)
    #expect(entry.key.location.description == "f.yaml:4:5")
    #expect(entry.key.location.length == 5)
    #expect(entry.key.location.lineText == "  - \"ü y\": [1, 2]")
    #expect(try entry.value.sequence()[1].location.description == "f.yaml:4:16")
  }

  @Test(
    arguments: [
      ("yes", .bool(true)), ("y", .bool(true)), ("On", .bool(true)), ("NO", .bool(false)), ("off", .bool(false)),
      ("yEs", .string("yEs")), ("~", .null), ("", .null), ("Null", .null), ("nUll", .string("nUll")),
      ("12", .int(12)), ("-12", .int(-12)), ("+5", .int(5)), ("010", .int(8)), ("0o17", .int(15)), ("0x1F", .int(31)),
      ("0b101", .int(5)), ("1_000", .int(1000)), ("089", .double(89)), ("0", .int(0)), ("-0", .int(0)),
      ("1.10", .double(1.1)), (".5", .double(0.5)), ("1.", .double(1)), ("1e3", .double(1000)),
      ("1.5E-3", .double(0.0015)), ("-.inf", .double(-.infinity)), ("1.2.3", .string("1.2.3")),
      ("12:30", .string("12:30")), ("2024-01-01", .string("2024-01-01")), ("0x", .string("0x")), ("-", .string("-")),
      ("1e", .string("1e")), (".", .string(".")), ("9223372036854775807", .int(.max)),
      ("-9223372036854775808", .int(.min)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
      ("0x1p3", .string("0x1p3")),
    ] as [(String, Scalar.Value)])
  func resolvesPlainScalarsAsGoYAMLDoes(text: String, expected: Scalar.Value) {
    #expect(Scalar(text: text, style: .plain, isImplicit: true).value == expected)
  }

  @Test func quotesMakeText() throws {
    let root = try parse("a: 'yes'\nb: \"12\"\nc: |\n  1\nd: !!str 5\ne: ! no\nf: !!int \"7\"\n")
    for key in ["a", "b", "c", "d", "e"] {
      guard case .scalar(let scalar)? = root[key]?.content, case .string = scalar.value else {
        Issue.record("\(key) is not text")
        continue
      }
    }
    #expect(try root["f"]?.int() == 7)
  }

  @Test func textFieldsGetNumbersAsOlaresWritesThem() throws {
    let root = try parse("a: 1.10\nb: yes\nc: 010\nd: '1.10'\ne: 2000000\nf: 3.0\n")
    let texts = try ["a", "b", "c", "d", "e", "f"].map { try root[$0]?.string() }
    #expect(texts == ["1.1", "true", "8", "1.10", "2000000", "3"])
  }

  @Test func wrongTypesPointAtTheValue() throws {
    let root = try parse("port: abc\nlist: {a: 1}\nnone:\n")
    let port = try #require(throws: Problem.self) { try root["port"]?.int() }
    #expect(port.message == "expected a whole number, found the text \"abc\"")
    #expect(port.location?.description == "f.yaml:1:7")
    #expect(port.exitStatus == .badData)
    #expect(throws: Problem.self) { try root["list"]?.sequence() }
    #expect(throws: Problem.self) { try root["none"]?.string() }
    #expect(root["none"]?.isNull == true)
  }

  @Test func repeatedKeysAreErrorsWithBothPlaces() throws {
    let found = try problem("a: 1\nb: 2\na: 3\n")
    #expect(found.message.contains("line 1"))
    #expect(found.location?.line == 3)
    let many = (0..<40).map { "k\($0): 1\n" }.joined()
    #expect(try problem(many + "k20: 2\n").location?.line == 41)
    // Keys of different spelling that are the same in JSON.
    #expect(try problem("8: 1\n010: 2\n").location?.line == 2)
  }

  @Test func repeatedKeysCanBeLeftToTheCaller() throws {
    var found: [String] = []
    let root = try YAMLParser.parse(SourceText(file: "f", bytes: Array("a: 1\na: 2\n".utf8))) { found.append($0.name) }
    #expect(found == ["a"])
    #expect(try root["a"]?.int() == 2)
  }

  @Test func aliasesAndMergeKeys() throws {
    let root = try parse("base: &b {x: 1, v: 2}\nother: &o {z: 3, v: 9}\nuse:\n  <<: [*b, *o]\n  x: 7\nsame: *b\n")
    let use = try #require(root["use"])
    #expect(try use.mapping().entries.map(\.name) == ["x", "v", "z"])
    #expect(try [use["x"]?.int(), use["v"]?.int(), use["z"]?.int()] == [7, 2, 3])
    #expect(try root["same"]?["v"]?.int() == 2)
    #expect(try problem("a: *nothing\n").location?.description == "f.yaml:1:4")
    #expect(try problem("a: &a [*a]\n").message.contains("&a"))
  }

  @Test func aliasBombsAreStopped() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<30 {
      let previous = "*a\(level - 1)"
      text += "a\(level): &a\(level) [\(Array(repeating: previous, count: 10).joined(separator: ", "))]\n"
    }
    #expect(try problem(text).message.contains("aliases"))
    var nested = "a0: &a0 [x]\n"
    for level in 1..<200 { nested += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    #expect(try problem(nested).message.contains("levels"))
  }

  @Test(arguments: ["[", "{a: ", "- ", "? "])
  func deepNestingIsStopped(opening: String) throws {
    let text = String(repeating: opening, count: 10_000)
    #expect(try problem(text).exitStatus == .badData)
  }

  @Test func deepIndentationIsStopped() throws {
    let text = (0..<1_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
    #expect(try problem(text).message.contains("levels"))
  }

  @Test func largeTextsAreRefused() throws {
    #expect(try problem(String(repeating: "#", count: 5 << 20)).code == "too-large")
    #expect(try problem("[" + String(repeating: "a,", count: 300_000) + "]").message.contains("values"))
  }

  @Test(
    arguments: [
      ([0x61, 0x3a, 0x20, 0xff, 0x0a], 1), ([0x61, 0x0a, 0x62, 0x00], 2), ([0x61, 0x3a, 0x20, 0xc3], 1),
      ([0x61, 0x3a, 0x20, 0xed, 0xa0, 0x80], 1), ([0xff, 0xfe, 0x61, 0x00], 1),
    ] as [([UInt8], Int)])
  func bytesThatAreNoTextAreErrors(bytes: [UInt8], line: Int) throws {
    let found = try #require(throws: Problem.self) { try YAMLParser.parse(bytes, file: "f.yaml") }
    #expect(found.code == "bad-yaml")
    #expect(found.location?.line == line)
  }

  @Test(arguments: ["", "\n", "# nothing\n", "---\n", "\u{feff}"])
  func emptyTextsAreNull(text: String) throws {
    #expect(try parse(text).isNull)
  }

  @Test func byteOrderMarkIsSkipped() throws {
    let root = try parse("\u{feff}a: 1\nb: x\n")
    #expect(try root["a"]?.int() == 1)
    #expect(root["b"]?.location.description == "f.yaml:2:4")
  }

  @Test(arguments: [
    "a: 1\n---\nb: 2\n", "a: [1, 2\n", "a: b: c\n", "a:\n\t- x\n", "\"a", "a: %x\n%", "a: !ruby/object:X {}\n",
    "? [1]\n: 2\n",
  ])
  func malformedTextsAreErrorsWithPlaces(text: String) throws {
    let found = try problem(text)
    #expect(found.exitStatus == .badData)
    #expect(found.location != nil)
  }

  @Test func everyPrefixOfATextParsesOrIsAProblem() throws {
    let text = Array(
      "# c\r\n\"k\u{e4}\": &a ['it''s', {b: \"\\u00e9\\n\"}]\nblock: |-\n  x\n   y\n>\nlast: *a\n? k\n: - v\n\u{2028}z: é"
        .utf8)
    for count in 0...text.count {
      do {
        _ = try YAMLParser.parse(Array(text[..<count]), file: "f.yaml")
      } catch {
        #expect(error.exitStatus == .badData)
      }
    }
  }

  @Test func placesInGeneratedTextLeadToTheOriginal() throws {
    let original = Array("{{if}}\na: {{x}} z\n".utf8)
    let generated = Array("a: 12 z\n".utf8)
    let map = SourceMap(
      original: original,
      segments: [
        .init(generatedStart: 0, originalStart: 7, isCopied: true),
        .init(generatedStart: 3, originalStart: 10, isCopied: false),
        .init(generatedStart: 5, originalStart: 15, isCopied: true),
      ])
    let source = SourceText(file: "f.yaml", bytes: generated, map: map)
    #expect(source.location(atOffset: 0).description == "f.yaml:2:1")
    #expect(source.location(atOffset: 4).description == "f.yaml:2:4")
    #expect(source.location(atOffset: 6).description == "f.yaml:2:10")
    #expect(source.location(atOffset: 6).lineText == "a: {{x}} z")
  }
}
