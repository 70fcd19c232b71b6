import Core
import Testing
import YAML

@testable import Manifest

/// Manifests come from strangers: whatever they hold, the answer is an error that says what, and it comes soon. That it
/// comes soon is not asserted here, but none of these tests ends if it does not.
@Suite struct HostileManifestTests {
  private static let head = ManifestFileTests.head
  private static let template = "olaresManifest.version: 0.10.0\n"

  private func errors(_ text: String) throws -> [String] {
    let reading = try ManifestFile.validate(Array(text.utf8), file: "m.yaml")
    #expect(reading.diagnostics.count <= 400)
    return reading.diagnostics.filter { $0.severity == .error }.map(\.message)
  }

  @Test(
    arguments: [
      "x: {\(String(repeating: "[", count: 10_000))", "x:\n \(String(repeating: "- ", count: 10_000))a",
      "x: \(String(repeating: "[", count: 10_000))\(String(repeating: "]", count: 10_000))",
      "x: \(String(repeating: "{a: ", count: 10_000))1\(String(repeating: "}", count: 10_000))",
      (1..<1000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
      "\(String(repeating: "? ", count: 10_000))a",
    ].map(Sample.init))
  func deepNestingIsStopped(sample: Sample) throws {
    #expect(try errors(sample.text) == ["lists and mappings are nested more than 100 levels deep"])
  }

  @Test(
    arguments: [
      // Billions of values by aliases of aliases.
      "a: &a [x]\n" + (1..<40).map { "b\($0): &a [*a, *a, *a, *a]\n" }.joined(),
      // Millions by many aliases of one long list, plain and merged.
      "a: &a [\(String(repeating: "x,", count: 1000))]\nb:\n" + String(repeating: "- *a\n", count: 1000),
      "a: &a {\((0..<1000).map { "k\($0): 1" }.joined(separator: ","))}\nb:\n"
        + String(repeating: "- {<<: [*a, *a]}\n", count: 100),
      (0..<100_000).map { "k\($0): 1\n" }.joined(), String(repeating: "- x\n", count: 200_000),
    ].map(Sample.init))
  func tooManyValuesAreRefused(sample: Sample) throws {
    #expect(try errors(sample.text) == ["more than 100000 values, counting what aliases repeat"])
  }

  @Test(
    arguments: [
      ([0x00], "control characters"), ([0xff, 0xfe], "UTF-8"), ([0xc0, 0xaf], "UTF-8"), ([0xe0, 0x80, 0xaf], "UTF-8"),
      ([0xed, 0xa0, 0x80], "Unicode"), ([0xf4, 0x90, 0x80, 0x80], "Unicode"), ([0xe2, 0x82], "UTF-8"),
    ] as [([UInt8], String)])
  func bytesThatAreNoTextAreErrors(bytes: [UInt8], message: String) throws {
    for version in ["0.12.0", "0.10.0"] {
      let text = Self.head.replacing("0.12.0", with: version) + "x: a"
      let reading = try ManifestFile.validate(Array(text.utf8) + bytes, file: "m.yaml")
      #expect(reading.diagnostics.map(\.location.line) == [12])
      #expect(reading.diagnostics.first?.message.contains(message) == true, "\(reading.diagnostics)")
    }
  }

  @Test func onlyUTF8IsRead() throws {
    #expect(try errors("\u{feff}" + Self.head) == [])
    let wide = Self.head.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    #expect(try ManifestFile.validate([0xff, 0xfe] + wide, file: "m.yaml").hasErrors)
    #expect(try ManifestFile.validate([0xff, 0xfe, 0, 0] + wide, file: "m.yaml").hasErrors)
  }

  @Test(arguments: ["- 1", "", "x", String(repeating: "---\n", count: 100_000)].map(Sample.init))
  func whatIsNoManifestIsAnError(sample: Sample) throws { #expect(try errors(sample.text).count == 1) }

  @Test func directivesAreNotComparedWithoutEnd() throws {
    let text = (0..<20_000).map { "%TAG !a\($0)! tag:x,2000:\n" }.joined() + "---\n" + Self.head
    #expect(try errors(text) == ["m.yaml has more than 1000 lines that begin with %"])
  }

  @Test(
    arguments: [
      ("64Mi", "'1e-9223372036854775808'", "no quantity"), ("64Mi", "'1e9223372036854775807'", "no quantity"),
      ("64Mi", String(repeating: "9", count: 100_000), "no quantity"), ("64Mi", ".nan", "no quantity"),
      ("64Mi", "-5", "no quantity"), ("port: 80", "port: 99999999999999999999999", "whole number"),
      ("port: 80", "port: .inf", "whole number"), ("port: 80", "port: 1e300", "whole number"),
      ("port: 80", "port: -9223372036854775808", "1 to 65535"),
      ("version: 1.0.0", "version: 99999999999999999999.0.0", "no version"),
      ("version: 1.0.0", "version: 1.0.0-\(String(repeating: "a.", count: 100_000))a", "no version"),
      ("name: wiki\n", "name: a\(String(repeating: "\u{301}", count: 100_000))\n", "not an app's name"),
      ("name: wiki\n", "name: \"\\e[2Ja\\0\"\n", "not an app's name"),
    ].map { ($0, Sample($1), $2) })
  func oddValuesAreErrors(usual: String, odd: Sample, message: String) throws {
    let reading = try ManifestFile.validate(Array(Self.head.replacing(usual, with: odd.text).utf8), file: "m.yaml")
    #expect(reading.hasErrors)
    for error in reading.diagnostics where error.severity == .error {
      #expect(error.message.contains(message), "\(error.message)")
      #expect(error.message.utf8.count < 300)
      #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }
  }

  @Test(
    arguments: [
      "options: {dependencies: [{name: a, version: '\(String(repeating: ">=1.0.0, ", count: 50_000))1', type: system}]}",
      "options: {policies: [{uriRegex: a, level: b, validDuration: '\(String(repeating: "1s", count: 100_000))'}]}",
      "permission: {userData: ['Home\(String(repeating: "/a", count: 100_000))']}",
    ].map(Sample.init))
  func longValuesAreErrors(tail: Sample) throws { #expect(try errors(Self.head + tail.text).count == 1) }

  @Test(
    arguments: [
      ("{{ range 1000000000 }}{{ end }}", "more than 100000 steps"),
      ("{{ range until 1000000000 }}{{ end }}", "too large"),
      ("{{ range until 5000 }}{{ range until 5000 }}{{ end }}{{ end }}", "too large"),
      ("{{ repeat 1000000000 `ab` }}", "too large"), ("{{ repeat 9223372036854775807 `ab` }}", "too large"),
      ("{{ $x := `ab` }}{{ range 1000 }}{{ $x = printf `%s%s` $x $x }}{{ end }}", "too large"),
      ("{{ $x := list 1 }}{{ range 1000 }}{{ $x = list $x $x }}{{ end }}", "too large"),
      ("{{ $x := 1 }}{{ range 20000 }}{{ $x = dict `a` $x }}{{ end }}", "too large"),
      ("{{ printf `%1000000000d` 1 }}", "makes no sense"), ("{{ indent 1000000000 `a` }}", "too large"),
      ("{{ $x := repeat 10000 `a` }}{{ replace `a` $x $x }}", "too large"),
      ("{{ $x := repeat 10000 `a` }}{{ range 10000 }}{{ $x }}{{ end }}", "more than 1 MiB"),
      ("{{ $x := repeat 100000 `a` }}{{ $y := print $x $x $x $x $x $x $x $x $x $x }}", "too large"),
      ("{{ $x := repeat 100000 \"\\x01\" }}{{ $y := quote $x $x $x $x $x }}", "too large"),
      // Nothing is made by these, but much is looked at.
      ("{{ $x := repeat 100000 `a` }}{{ range 30000 }}{{ if contains `b` $x }}{{ end }}{{ end }}", "too much text"),
      ("{{ $x := repeat 100000 `a` }}{{ range 30000 }}{{ if eq $x $x }}{{ end }}{{ end }}", "too much text"),
      ("{{ $x := repeat 100000 ` ` }}{{ range 30000 }}{{ if trim $x }}{{ end }}{{ end }}", "too much text"),
      ("{{ $x := until 10000 }}{{ range 30000 }}{{ if has -1 $x }}{{ end }}{{ end }}", "too much text"),
      ("{{ $x := until 10000 }}{{ range 30000 }}{{ range $x }}{{ break }}{{ end }}{{ end }}", "too much text"),
      ("{{ $x := repeat 9000 `1 || ` }}{{ semverCompare (printf `%s1` $x) `2.0.0` }}", "not a range of versions"),
      ("{{ $x := repeat 100000 `1.` }}{{ semverCompare `1` (printf `1.0.0-%s1` $x) }}", "not a version"),
      ("{{ if 0 }}" + String(repeating: "{{ else }}{{ if 0 }}", count: 5000), "100 levels"),
      (String(repeating: "{{ with 1 }}", count: 10_000), "100 levels"),
      ("{{ \(String(repeating: "(", count: 10_000))1\(String(repeating: ")", count: 10_000)) }}", "100 levels"),
      (String(repeating: "{{ 1 }}", count: 60_000), "too large"),
      ("{{ list \(String(repeating: "1 ", count: 60_000))}}", "too large"),
      ((0..<300).map { "{{ $x\($0) := 1 }}" }.joined(), "more than 200 variables"),
      ("{{ fail \"\\x1b[2J\" }}", "fail: \u{fffd}[2J"), ("{{ fail (repeat 100000 `a`) }}", "fail: aaa"),
      ("{{ div -9223372036854775808 -1 }}", "no number that fits"), ("{{ index (list 1) -1 }}", "no element"),
      ("{{ \(String(repeating: "{{ ", count: 100_000))", "unexpected character"),
    ].map { (Sample($0), $1) })
  func endlessTemplatesAreStopped(template: Sample, message: String) throws {
    let found = try errors(Self.template + template.text)
    #expect(found.count == 1)
    #expect(found.first?.contains(message) == true, "\(found)")
    #expect((found.first?.utf8.count ?? 0) < 400)
  }

  /// Long, but neither endless nor wrong.
  @Test(
    arguments: [
      ("{{ if 0 }}" + String(repeating: "{{ else if 0 }}", count: 10_000) + "{{ end }}", ""),
      ("{{ $b := printf `%sb` (repeat 50000 `a`) }}{{ trimAll $b (repeat 50000 `b`) }}", ""),
      ("{{ contains (printf `%sb` (repeat 50000 `a`)) (repeat 100000 `a`) }}", "false"),
      ("{{ until -5 }}{{ repeat -9223372036854775808 `a` }}{{ indent -4 `a` }}", "[]a"),
      ("{{ len `\(String(repeating: "a", count: 1 << 20))` }}", "1048576"),
      ("{{ /* \(String(repeating: "a", count: 1 << 20)) */ }}", ""),
    ].map { (Sample($0), $1) })
  func longTemplatesAreRendered(template: Sample, expected: String) throws {
    let comment = template.text.replacing("{{ /*", with: "{{/*").replacing("*/ }}", with: "*/}}")
    let (output, _) = try TemplateRenderer.render(Array(comment.utf8), with: .null)
    #expect(String(decoding: output, as: UTF8.self) == expected)
  }
}

/// A text that may be far too long to be printed with its test.
struct Sample: CustomTestStringConvertible {
  let text: String

  init(_ text: String) { self.text = text }

  var testDescription: String { "\(text.utf8.count) bytes: \(text.prefix(60).debugDescription)" }
}
