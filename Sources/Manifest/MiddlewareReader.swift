import Core
import YAML

/// Reads `middleware`.
struct MiddlewareReader {
  let root: SectionReader
  let findings: Findings

  func middleware() -> Middleware {
    guard let section = root.section("middleware") else { return Middleware() }
    return Middleware(
      postgres: section.section("postgres").map { postgres($0) },
      redis: section.section("redis").flatMap { redis($0) },
      mongodb: section.section("mongodb").map { mongodb($0) },
      others: OtherRequest.Kind.allCases.compactMap { kind in
        section.section(kind.rawValue).flatMap { other(kind, $0) }
      })
  }

  private func postgres(_ section: SectionReader) -> PostgreSQLRequest {
    let databases = names(section, "databases").map { name, section in
      PostgreSQLRequest.Database(
        name: name, extensions: section.texts("extensions").filter { !$0.value.isEmpty },
        scripts: scripts(section), distributed: section.setFlag("distributed"))
    }
    return PostgreSQLRequest(
      place: section.place, username: username(section), publicPassword: password(section), databases: databases)
  }

  private func redis(_ section: SectionReader) -> RedisRequest? {
    guard let namespace = section.requiredText("namespace", hint: "add a name, for example  namespace: db0") else {
      return nil
    }
    return RedisRequest(place: section.place, namespace: namespace, publicPassword: password(section))
  }

  private func mongodb(_ section: SectionReader) -> MongoDBRequest {
    let databases = names(section, "databases").map { name, section in
      MongoDBRequest.Database(name: name, scripts: scripts(section))
    }
    return MongoDBRequest(
      place: section.place, username: username(section), publicPassword: password(section), databases: databases)
  }

  private func other(_ kind: OtherRequest.Kind, _ section: SectionReader) -> OtherRequest? {
    let list: String? =
      switch kind {
      case .mysql, .mariadb, .clickHouse: "databases"
      case .minio: "buckets"
      case .rabbitmq: "vhosts"
      case .nats: "subjects"
      case .elasticsearch, .zincSearch: "indexes"
      case .argo: nil
      }
    if kind == .argo, !section.flag("required") { return nil }
    if kind == .nats { checkPermissions(ofNATS: section) }
    return OtherRequest(
      kind: kind, place: section.place, username: kind == .argo ? nil : section.text("username"),
      publicPassword: password(section), names: list.map { names(section, $0).map(\.name) } ?? [])
  }

  /// Who may publish and subscribe: to the app's own subjects, and the app to those of others.
  private func checkPermissions(ofNATS section: SectionReader) {
    for subject in section.sections("subjects") {
      subject.section("permission").map { checkPermission($0) }
      for export in subject.sections("export") {
        _ = export.requiredText("appName")
        checkPermission(export)
      }
    }
    for reference in section.sections("refs") {
      _ = reference.requiredText("appName")
      for subject in reference.sections("subjects") {
        _ = subject.requiredText("name")
        checkPermission(subject)
      }
    }
  }

  private func checkPermission(_ section: SectionReader) {
    for key in ["pub", "sub"] { _ = section.word(key, among: ["allow", "deny"]) }
  }

  /// The named items of a list. A repeated name is an error: each would be the same resource.
  private func names(_ section: SectionReader, _ key: String) -> [(name: Located<String>, section: SectionReader)] {
    var seen: Set<String> = []
    return section.sections(key).compactMap { item in
      guard let name = item.requiredText("name") else { return nil }
      if name.value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
        findings.error(name.place, "\(item.name("name")) holds a control character")
        return nil
      }
      // PostgreSQL and MongoDB both treat names that differ by case only as one.
      if !seen.insert(name.value.lowercased()).inserted {
        findings.error(name.place, "\(item.name("name")) \"\(name.value.shortened(to: 63))\" is there twice")
        return nil
      }
      return (name, item)
    }
  }

  private func scripts(_ section: SectionReader) -> [Located<String>] {
    (section.texts("scripts")
      + (ManifestSchema.keys(of: section.path).contains("script") ? section.texts("script") : []))
      .filter { !$0.value.isEmpty }
  }

  private func username(_ section: SectionReader) -> Located<String> {
    guard let username = section.text("username"), !username.value.isEmpty else {
      let kind = section.path.split(separator: ".").last.map { String($0) } ?? section.path
      findings.warning(section.place, "\(section.name("username")) is missing; \"\(kind)\" is used")
      return Located(kind, at: section.place)
    }
    if !username.value.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }) {
      findings.error(
        username.place, "\(section.name("username")) is \"\(username.value.shortened(to: 63))\"",
        hint: "a user's name may only hold letters, digits and underscores")
    }
    return username
  }

  private func password(_ section: SectionReader) -> Place? {
    guard let password = section.text("password"), !password.value.isEmpty else { return nil }
    return password.place
  }
}
