import Core
import Testing
import YAML

@testable import Manifest

@Suite struct ManifestFileTests {
  static let head = """
    olaresManifest.version: '0.12.0'
    olaresManifest.type: app
    metadata:
      name: wiki
      title: Wiki
      description: Notes
      icon: https://example.org/wiki.png
      version: 1.0.0
    entrances:
    - {name: wiki, host: wiki, port: 80, title: Wiki}
    spec: {requiredMemory: 64Mi, limitedMemory: 1Gi, requiredDisk: 1Mi, requiredCpu: 10m, limitedCpu: 0.75}

    """

  private func validate(_ text: String) throws -> ManifestFile.Reading {
    try ManifestFile.validate(Array(text.utf8), file: "m.yaml")
  }

  private func messages(_ text: String) throws -> [String] {
    try validate(text).diagnostics.map {
      "\($0.location.line):\($0.location.column) \($0.severity.rawValue) \($0.message)"
    }
  }

  @Test func readsWhatAnAppAsksFor() throws {
    let reading = try validate(
      Self.head + """
        permission: {appData: true, appCache: no, userData: [Home/Notes/, 'Home '], externalData: true, provider: null}
        middleware:
          postgres:
            username: wiki
            password: secret
            databases:
            - name: wiki
              extensions: [pg_trgm]
              scripts: [BEGIN;, COMMIT;]
              distributed: true
          redis: {namespace: db0}
          minio: {username: wiki, buckets: [{name: files}]}
        options:
          dependencies: [{name: olares, type: system, version: '>=1.12.0-0'}]
        """)
    #expect(reading.diagnostics.isEmpty)
    let manifest = try #require(reading.manifest)
    #expect(manifest.metadata.name.value.name == "wiki")
    #expect(manifest.permission.appData?.location.line == 12)
    #expect(manifest.permission.appCache == nil)
    #expect(manifest.permission.userData.map(\.value.description) == ["Home/Notes", "Home"])
    let postgres = try #require(manifest.middleware.postgres)
    #expect(postgres.username.value == "wiki")
    #expect(postgres.publicPassword?.location.description == "m.yaml:16:15")
    let database = try #require(postgres.databases.first)
    #expect(database.isDistributed)
    #expect(database.scripts.map(\.value) == ["BEGIN;", "COMMIT;"])
    #expect(database.extensions.first?.location.description == "m.yaml:19:20")
    #expect(manifest.middleware.redis?.namespace.value == "db0")
    #expect(manifest.middleware.others.map(\.kind) == [.minio])
    #expect(manifest.options.dependencies.first?.version == ">=1.12.0-0")
    #expect(manifest.spec.quantities["limitedCpu"]?.value.value == 0.75)
  }

  @Test(
    arguments: [
      ("middleware: null\npermission:\n", []),
      ("middleware:\n  redis:\n    password: x\n", ["13:3 error middleware.redis.namespace is missing"]),
      (
        "middleware:\n  policies: []\n",
        ["13:3 warning unknown key \"policies\" under middleware (did you mean options.policies?)"]
      ),
      ("permisson: {}\n", ["12:1 warning unknown key \"permisson\" at the top level (did you mean permission?)"]),
      ("permission: {appdata: true}\n", ["12:14 warning \"appdata\" is usually written \"appData\""]),
      (
        "permission: {appData: maybe}\n",
        ["12:23 error permission.appData: expected true or false, found the text \"maybe\""]
      ),
      (
        "permission: {userData: [/etc]}\n",
        ["12:25 error permission.userData cannot grant \"/etc\": it is not Home, nor below it"]
      ),
      ("permission: {userData: Home}\n", ["12:24 error permission.userData: expected a list, found the text \"Home\""]),
      (
        "middleware: {postgres: {username: a-b, databases: [{name: x}, {name: X}]}}\n",
        [
          "12:35 error middleware.postgres.username is \"a-b\"",
          "12:70 error middleware.postgres.databases.name \"X\" is there twice",
        ]
      ),
      (
        "options: {dependencies: [{name: a, version: nope, type: sistem}]}\n",
        [
          "12:45 error options.dependencies.version is \"nope\", which is no range of versions",
          "12:57 error options.dependencies.type is \"sistem\"; it must be one of system, application, middleware",
        ]
      ),
      ("apiVersion: v9\n", ["12:13 error apiVersion is \"v9\"; it must be one of v1, v2, v3"]),
      (
        "note: {{ .Values.admin }}\n",
        ["12:7 error {{ and }} outside quotes: manifests from 0.12.0 on are not templates"]
      ),
      ("note: a }} b\n", ["12:7 error {{ and }} outside quotes: manifests from 0.12.0 on are not templates"]),
    ] as [(String, [String])])
  func findingsSayWhatAndWhere(tail: String, expected: [String]) throws {
    #expect(try messages(Self.head + tail) == expected)
  }

  @Test func bracesInsideTextAreText() throws {
    let tail = "envs:\n- envName: A\n  default: '{{ .Release.Name }}'\n  description: |\n    {{ x }}\n"
    #expect(try messages(Self.head + tail).isEmpty)
  }

  @Test func everythingWrongIsReportedAtOnce() throws {
    let found = try messages(
      "olaresManifest.version: 0.12.0\nmetadata: {name: Wiki!, title: ''}\nspec: {requiredCpu: lots}\n")
    for part in ["not an app's name", "title is empty", "icon is missing", "entrances is missing", "no quantity"] {
      #expect(found.contains { $0.contains(part) }, "\(part)")
    }
  }

  @Test func bothRendersAreChecked() throws {
    let template =
      Self.head.split(separator: "\n").dropFirst().joined(separator: "\n")
        + """

        olaresManifest.version: '0.10.0'
        {{- if and .Values.admin (eq .Values.admin .Values.bfl.username) }}
        middleware:
          redis: {namespace: db0}
        {{- else }}
        middleware:
          redis: {}
        {{- end }}
        """
    let reading = try validate(template)
    #expect(reading.diagnostics.map(\.message) == ["middleware.redis.namespace is missing"])
    #expect(reading.diagnostics.first?.location.description == "m.yaml:17:3")
    #expect(reading.diagnostics.first?.location.lineText == "  redis: {}")
    let alice = try Owner("alice")
    let own = ManifestFile.read(Array(template.utf8), file: "m.yaml", for: alice, admin: alice)
    #expect(own.manifest?.middleware.redis?.namespace.value == "db0")
  }

  @Test func templateErrorsPointIntoTheTemplate() throws {
    let reading = try validate("olaresManifest.version: 0.10.0\nmetadata:\n  name: {{ lookup \"x\" }}\n")
    #expect(reading.diagnostics.first?.location.description == "m.yaml:3:12")
    #expect(reading.diagnostics.first?.message.contains("lookup") == true)
  }

  @Test(arguments: [
    ("olaresManifest.version: 0.11.0\n", true), ("terminusManifest.version: '0.6.0' # old\n", true),
    ("# olaresManifest.version: 0.1\nolaresManifest.version: \"0.12.0\"\n", false), ("a: 1\n", false),
    ("{{ if x }}\nolaresManifest.version: 0.9\r\n", true), ("olaresManifest.version: latest\n", false),
    ("  olaresManifest.version: 0.1.0\n", false), ("\u{feff}'olaresManifest.version' : 0.8.1\n", true),
  ])
  func theVersionDecidesWhetherItIsATemplate(text: String, expected: Bool) {
    #expect(VersionProbe.isTemplate(Array(text.utf8)) == expected)
  }

  @Test func hostileFilesAreErrors() throws {
    let texts = [
      String(repeating: "[", count: 100_000), "olaresManifest.version: 0.1\n{{ range 1000000000 }}x{{ end }}",
      "a: &a [x]\n" + (1..<40).map { "b\($0): &a [*a, *a, *a, *a]\n" }.joined(), "a: \u{0}", "- 1", "", "x",
      (0..<100_000).map { "k\($0): 1\n" }.joined(),
    ]
    for text in texts {
      let reading = try validate(text)
      #expect(reading.hasErrors)
      #expect(reading.diagnostics.count <= 400)
    }
  }
}
