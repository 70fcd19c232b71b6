import Core
import SystemPackage
import TestServers
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

  @Test(
    arguments: [
      (
        "middleware: {nats: {username: a, subjects: [{name: s, permission: {pub: yep}, export: [{pub: allow}]}]}}\n",
        [
          "12:73 error middleware.nats.subjects.permission.pub is \"yep\"; it must be one of allow, deny",
          "12:88 error middleware.nats.subjects.export.appName is missing",
        ]
      ),
      (
        "middleware: {nats: {username: a, refs: [{subjects: [{sub: denied}]}]}}\n",
        [
          "12:41 error middleware.nats.refs.appName is missing",
          "12:53 error middleware.nats.refs.subjects.name is missing",
          "12:59 error middleware.nats.refs.subjects.sub is \"denied\"; it must be one of allow, deny",
        ]
      ),
      (
        "tailscale: {acls: [{proto: tpc, dst: ['*:22']}]}\n",
        [
          "12:28 error tailscale.acls.proto is \"tpc\"; it must be one of igmp, ipv4, ip-in-ip, tcp, egp, igp, udp, "
            + "gre, esp, ah, sctp, icmp"
        ]
      ),
      (
        "ports: [{port: 53, exposePort: 53, protocol: udp}, {port: 53, exposePort: 53, protocol: tcp}]\n", []
      ),
      (
        "ports: [{port: 0, exposePort: 443}, {port: 1, exposePort: 443, protocol: sctp}]\n",
        [
          "12:16 error ports.port is 0; ports are 1 to 65535",
          "12:31 warning ports.exposePort is 443, which Olares itself uses",
          "12:59 error ports.exposePort 443 is there twice",
          "12:59 warning ports.exposePort is 443, which Olares itself uses",
          "12:74 error ports.protocol is \"sctp\"; it must be one of tcp, udp",
        ]
      ),
    ] as [(String, [String])])
  func whatOlaresDefinesIsChecked(tail: String, expected: [String]) throws {
    #expect(try messages(Self.head + tail) == expected)
  }

  @Test func categoriesAndLocalesAreChecked() throws {
    let head = Self.head
      .replacing("title: Wiki\n", with: "title: Wiki\n  categories: [AI, Utilites]\n  tags: [a-b, A, a-b, a--b]\n")
      .replacing("spec: {", with: "spec: {locale: [en-US, zh-cn, und, 'e', en-US, zh-Hant-TW], ")
    #expect(
      try messages(head) == [
        "6:20 warning metadata.categories: Olares has no category \"Utilites\"",
        "7:15 error metadata.tags holds \"A\"", "7:18 error metadata.tags has \"a-b\" twice",
        "7:23 error metadata.tags holds \"a--b\"",
        "13:24 error spec.locale has \"zh-cn\"", "13:31 error spec.locale has \"und\", which names no language",
        "13:36 error spec.locale has \"e\", which names no language", "13:41 error spec.locale has \"en-US\" twice",
      ])
  }

  @Test func whatOnlyTheCatalogueIsAboutDoesNotStopTheDataLayer() async throws {
    let owner = try Owner("alice")
    let text = Self.head.replacing("{name: wiki,", with: "{openMethod: windows, name: wiki,")
      .replacing("version: 1.0.0", with: "version: one").replacing("requiredCpu: 10m", with: "requiredCpu: lots")
    try await Scratch.with { scratch in
      let file = scratch.path.appending("OlaresManifest.yaml")
      try AtomicFile.write(text + "permission: {appData: true}\n", to: file)
      let loaded = try ManifestFile.load(file, for: owner)
      #expect(loaded.manifest.permission.appData != nil)
      #expect(loaded.warnings.isEmpty)
      #expect(loaded.catalogueErrors.map(\.location.line) == [8, 10, 11])
      #expect(try ManifestFile.validate(file).hasErrors)

      try AtomicFile.write(text + "permission: {appData: maybe}\n", to: file)
      let error = try #require(throws: Problem.self) { try ManifestFile.load(file, for: owner) }
      #expect(error.message.hasPrefix("permission.appData"))
      #expect(error.exitStatus == .badData)
      #expect(error.hints.contains { $0.contains("see all 4 errors") })
    }
  }

  /// Else a file could hide what is wrong with it behind what is merely odd.
  @Test func manyFindingsDoNotHideErrors() throws {
    let odd = (0..<1000).map { "odd\($0): 1\n" }.joined()
    let broken = "ports:\n" + String(repeating: "- {port: 0}\n", count: 1000)
    let reading = try validate(Self.head + odd + broken + "permission: {appData: maybe}\n")
    #expect(reading.findings.contains { $0.isError && $0.concern == .dataLayer })
    #expect(reading.diagnostics.count == 201)
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
}
