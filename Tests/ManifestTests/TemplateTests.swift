import Testing
import YAML

@testable import Manifest

@Suite struct TemplateTests {
  private static let data: TemplateValue = .map([
    "Values": .map([
      "admin": .string("alice"), "bfl": .map(["username": .string("alice")]), "isAdmin": .bool(true), "n": .int(3),
      "list": .list([.string("a"), .string("b")]), "map": .map(["z": .int(1), "y": .int(2)]), "empty": .string(""),
    ])
  ])

  private func render(_ template: String) throws -> String {
    String(decoding: try TemplateRenderer.render(Array(template.utf8), with: Self.data).output, as: UTF8.self)
  }

  private func failure(_ template: String) throws -> TemplateError {
    try #require(throws: TemplateError.self) { try TemplateRenderer.render(Array(template.utf8), with: Self.data) }
  }

  @Test(
    arguments: [
      ("plain", "plain"), ("{{ .Values.admin }}", "alice"), ("a {{- 1 -}} b", "a1b"), ("a {{ 1 }} b", "a 1 b"),
      ("a\n  {{- if true }}\n  b\n  {{- end }}\nc", "a\n  b\nc"), ("x{{/* c }} */}}y", "xy"),
      ("x {{- /* c */ -}} y", "xy"),
      ("{{if .Values.empty}}1{{else if .Values.isAdmin}}2{{else}}3{{end}}", "2"),
      ("{{if not true}}1{{else}}3{{end}}", "3"),
      ("{{with .Values.bfl}}{{.username}}{{end}}", "alice"), ("{{with .Values.no}}1{{else}}2{{end}}", "2"),
      ("{{with nil}}1{{else with .Values.n}}{{.}}{{end}}", "3"),
      ("{{range .Values.list}}[{{.}}]{{end}}", "[a][b]"),
      ("{{range $i, $v := .Values.list}}{{$i}}{{$v}}{{end}}", "0a1b"),
      ("{{range $k, $v := .Values.map}}{{$k}}={{$v}};{{end}}", "y=2;z=1;"),
      ("{{range list}}1{{else}}none{{end}}", "none"),
      ("{{range 3}}{{.}}{{end}}", "012"), ("{{range until 5}}{{if eq . 3}}{{break}}{{end}}{{.}}{{end}}", "012"),
      ("{{range until 4}}{{if eq . 1}}{{continue}}{{end}}{{.}}{{end}}", "023"),
      ("{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"), ("{{$x := 1}}{{if true}}{{$x := 2}}{{end}}{{$x}}", "1"),
      ("{{ $.Values.admin }}", "alice"), ("{{ .Values.missing }}", ""), ("{{ (index .Values.list 1) }}", "b"),
      ("{{ (dict \"a\" (dict \"b\" 7)).a.b }}", "7"), ("{{ `raw \"x\"` }}", "raw \"x\""),
      ("{{ \"\\u00e9\\n\" }}", "é\n"),
      ("{{ 'a' }}", "97"), ("{{ 0x10 }}", "16"), ("{{ -3 }}", "-3"), ("{{ 1.5 }}", "1.5"), ("{{ .Values }}", nil),
    ] as [(String, String?)])
  func rendersAsGoDoes(template: String, expected: String?) throws {
    let result = try render(template)
    if let expected { #expect(result == expected) } else { #expect(result.hasPrefix("map[admin:alice bfl:map[")) }
  }

  @Test(
    arguments: [
      ("and 1 0 (fail \"x\")", "0"), ("or 0 \"\" \"x\" (fail \"x\")", "x"), ("not 0", "true"), ("eq 1 2 3 1", "true"),
      ("ne \"a\" \"b\"", "true"), ("lt 1 2", "true"), ("le \"b\" \"a\"", "false"), ("gt 1.5 1.2", "true"),
      ("ge 2 2", "true"),
      ("default \"d\" .Values.empty", "d"), (".Values.n | default 5", "3"), ("list 1 \"a\" | len", "2"),
      ("toString 5 | quote", "\"5\""), ("squote \"a\"", "'a'"),
      ("printf \"%s-%03d|%-4s|%q|%v|%.1f|%x|%%\" \"a\" 7 \"b\" \"c\" true 2.55 255", nil),
      ("lower \"AB\"", "ab"), ("upper \"ab\"", "AB"), ("trim \"  a \"", "a"), ("trimSuffix \"/\" \"a/\"", "a"),
      ("trimPrefix \"v\" \"v1\"", "1"), ("replace \"-\" \"_\" \"a-b-c\"", "a_b_c"), ("contains \"b\" \"abc\"", "true"),
      ("hasPrefix \"a\" \"abc\"", "true"), ("hasSuffix \"a\" \"abc\"", "false"), ("ternary 1 2 false", "2"),
      ("empty list", "true"), ("coalesce nil \"\" 4", "4"), ("int \"12\"", "12"), ("add 1 2 3", "6"), ("sub 5 2", "3"),
      ("mul 2 3", "6"), ("div 7 2", "3"), ("mod 7 2", "1"), ("index (dict \"k\" 1) \"k\"", "1"),
      ("hasKey .Values \"n\"", "true"),
      ("semverCompare \">=1.12.0-0\" \"1.12.0-rc.1\"", "true"), ("semverCompare \">=1.12.0\" \"1.12.0-rc.1\"", "false"),
      ("repeat 3 \"ab\"", "ababab"), ("indent 2 \"a\\nb\"", "  a\n  b"), ("join \",\" (list 1 2)", "1,2"),
      ("has 2 (list 1 2)", "true"), ("replace \"ab\" \"x\" \"aabababa\"", "axxxa"),
      ("replace \"aa\" \"b\" \"aaaaa\"", "bba"), ("splitList \",\" \"a,,b\" | len", "3"),
      ("contains \"aab\" \"aaab\"", "true"), ("contains \"abcabd\" \"abcabcabd\"", "true"),
      ("contains \"\" \"\"", "true"), ("contains \"e\" \"e\\u0301\"", "true"), ("trimAll \"ab\" \"abcba\"", "c"),
      ("trimSuffix \"\\u0301\" \"e\\u0301\"", "e"), ("printf \"%3s|\" \"e\\u0301\"", " e\u{301}|"),
      ("indent 1 \"a\\r\\nb\"", " a\r\n b"),
    ] as [(String, String?)])
  func functionsGiveWhatSprigGives(expression: String, expected: String?) throws {
    #expect(try render("{{ \(expression) }}") == expected ?? "a-007|b   |\"c\"|true|2.5|ff|%")
  }

  @Test(
    arguments: [
      ("{{ foo }}", "unknown function", 3), ("a\n{{ defualt 1 2 }}", "did you mean default", 5),
      ("{{ if true }}x", "not closed", 0),
      ("{{ end }}", "nothing to belong", 0), ("{{ .Values.n.x }}", "asked of", 3),
      ("{{ .a.b }}", "asked of nothing", 3),
      ("{{ eq 1 \"1\" }}", "cannot be compared", 3), ("{{ $x }}", "undefined variable", 3),
      ("{{ \"a }}", "not closed", 3),
      ("{{ (1 }}", "not closed", 3), ("{{ 1 ) }}", "unexpected", 5), ("{{ }}", "missing", 0),
      ("{{ /* x }}", "comment", nil),
      ("{{ .Values", "not closed", 0), ("{{ define \"x\" }}", "cannot be used", 0), ("{{ div 1 0 }}", "division", 3),
      ("{{ index (list 1) 4 }}", "no element", 3), ("{{ break }}", "range", nil), ("{{ 1 2 }}", "not a function", 3),
      ("{{ quote | 1 }}", "piped", nil), ("{{ not }}", "arguments", 3),
      ("{{ semverCompare \"no\" \"1\" }}", "range of versions", 3),
    ] as [(String, String, Int?)])
  func errorsSayWhatAndWhere(template: String, message: String, offset: Int?) throws {
    let error = try failure(template)
    if !template.hasPrefix("{{ /*") { #expect(error.message.contains(message)) }
    if let offset { #expect(error.offset == offset) }
  }

  @Test func everyPrefixOfATemplateRendersOrIsAnError() throws {
    let template = Array(
      "a {{- /* c */ -}} {{ $x := (index .Values.list 1) | default \"\\u00e9\" -}} {{ range $i, $v := .Values.map }}{{ if eq $i `y` }}{{ 'x' }}{{ else if 1.5 }}{{ break }}{{ end }}{{ end }} z"
        .utf8)
    var failures = 0
    for count in 0...template.count {
      do throws(TemplateError) {
        _ = try TemplateRenderer.render(Array(template[..<count]), with: Self.data)
      } catch {
        failures += 1
        #expect((0...count).contains(error.offset))
      }
    }
    #expect(failures > 50)
  }

  @Test func outputLeadsBackToTheTemplate() throws {
    let template = "a\n{{- if true }}\nb: {{ .Values.admin }} z\n{{- end }}\n"
    let (output, map) = try TemplateRenderer.render(Array(template.utf8), with: Self.data)
    #expect(String(decoding: output, as: UTF8.self) == "a\nb: alice z\n")
    let text = Array(template.utf8)
    #expect(text[map.origin(of: 2)] == UInt8(ascii: "b"))
    #expect(map.origin(of: 7) == 20)
    #expect(text[map.origin(of: 11)] == UInt8(ascii: "z"))
  }
}
