import Core
import YAML

/// Turns the mapping of a manifest into an `AppManifest`, reporting everything that is wrong with it.
struct ManifestReader {
  private let root: SectionReader
  private let findings: Findings

  /// Nil if what is needed to know the app is missing; `findings` then says so.
  static func read(_ node: Node, into findings: Findings) -> AppManifest? {
    guard case .mapping(let mapping) = node.content else {
      findings.error(node.place, "this is no manifest: expected keys and values, found \(node.summary)")
      return nil
    }
    let root = SectionReader(mapping, path: "", place: node.place, findings: findings)
    return ManifestReader(root: root, findings: findings).manifest()
  }

  private func manifest() -> AppManifest? {
    let version = self.version()
    let number = version.flatMap { SemanticVersion($0.value) }
    let typeKey = root.entry("olaresManifest.type") != nil ? "olaresManifest.type" : "terminusManifest.type"
    let type = root.word(typeKey, among: AppManifest.AppType.allCases.map(\.rawValue))
      .flatMap { AppManifest.AppType(rawValue: $0.value) }
    let apiVersion =
      root.word("apiVersion", among: AppManifest.APIVersion.allCases.map(\.rawValue))
      .flatMap { AppManifest.APIVersion(rawValue: $0.value) } ?? .v1
    let metadata = self.metadata()
    let entrances = findings.catalogue { self.entrances(required: (type ?? .app) == .app) }
    let permission = PermissionReader(root: root, findings: findings).permission()
    let middleware = MiddlewareReader(root: root, findings: findings).middleware()
    let spec = findings.catalogue {
      SpecReader(root: root, findings: findings).spec(version: number, apiVersion: apiVersion)
    }
    let options = findings.catalogue { OptionsReader(root: root, findings: findings).options(entrances: entrances) }
    let variables = findings.catalogue { self.variables(apiVersion) }
    findings.catalogue { NetworkReader(root: root, findings: findings).check() }
    guard let metadata else { return nil }
    return AppManifest(
      version: version?.value, type: type ?? .app, apiVersion: apiVersion, metadata: metadata, entrances: entrances,
      permission: permission, middleware: middleware, spec: spec, options: options, variables: variables)
  }

  private func version() -> Located<String>? {
    guard let version = root.text("olaresManifest.version") ?? root.text("terminusManifest.version") else {
      findings.warning(
        root.place, "olaresManifest.version is missing; the file is read as a literal one",
        hint: "add the version of the format, for example  olaresManifest.version: '0.12.0'")
      return nil
    }
    if SemanticVersion(version.value) == nil {
      findings.warning(
        version.place, "\"\(version.value.shortened(to: 40))\" is no version; the file is read as a literal one")
    }
    return version
  }

  private func metadata() -> AppManifest.Metadata? {
    guard let section = root.section("metadata") else {
      if root.entry("metadata") == nil { findings.error(root.place, "metadata is missing", hint: "it names the app") }
      return nil
    }
    let presentation = findings.catalogue { Presentation(section, findings: findings) }
    let version = section.requiredText("version")
    guard let name = section.requiredText("name"), let appName = appName(name), let version else { return nil }
    findings.catalogue { check(version) }
    return AppManifest.Metadata(
      name: Located(appName, at: name.place), title: presentation.title ?? appName.name, version: version,
      description: presentation.description ?? "", categories: presentation.categories)
  }

  private func check(_ version: Located<String>) {
    guard SemanticVersion(version.value) == nil else { return }
    findings.error(
      version.place, "metadata.version is \"\(version.value.shortened(to: 40))\", which is no version",
      hint: "write three numbers, for example 1.0.0")
  }

  private func appName(_ name: Located<String>) -> AppName? {
    do {
      return try AppName(name.value)
    } catch {
      findings.error(
        name.place, "metadata.name is \"\(name.value.shortened(to: 40))\", which is not an app's name",
        hint: "an app's name is 1 to 30 lower-case letters and digits")
      return nil
    }
  }

  private func entrances(required: Bool) -> [AppManifest.Entrance] {
    let sections = root.sections("entrances")
    if sections.isEmpty, required, root.sections("sharedEntrances").isEmpty {
      findings.error(
        root.entry("entrances")?.key.place ?? root.place, "entrances is missing or empty",
        hint: "an app needs at least one entrance with name, host, port and title")
    }
    if sections.count > 10 {
      findings.error(sections[10].place, "there are \(sections.count) entrances; 10 is the most")
    }
    var names: Set<String> = []
    let entrances = sections.compactMap { section -> AppManifest.Entrance? in
      let entrance = entrance(section)
      if let entrance, !names.insert(entrance.name.value).inserted {
        findings.error(entrance.name.place, "the entrance \"\(entrance.name.value)\" is there twice")
      }
      return entrance
    }
    for section in root.sections("sharedEntrances") { _ = entrance(section, isShared: true) }
    return entrances
  }

  private func entrance(_ section: SectionReader, isShared: Bool = false) -> AppManifest.Entrance? {
    let authLevel = section.word("authLevel", among: ["public", "private", "internal"])
    _ = section.word("openMethod", among: ["default", "iframe", "window"])
    _ = section.flag("invisible")
    _ = section.flag("windowPushState")
    _ = section.requiredText("title")
    if let icon = section.text("icon"), !icon.value.isEmpty { section.checkAddress(icon, "icon") }
    let host = section.requiredText("host")
    if let host, !host.value.isServiceName {
      findings.error(
        host.place,
        "\(section.name("host")) is \"\(host.value.shortened(to: 70))\", which cannot be the name of a Service",
        hint: "2 to 63 lower-case letters, digits and hyphens, beginning with a letter")
    }
    // Many real shared entrances have no port, or 0: theirs is that of the Service.
    let hasPort = !isShared || section.int("port").map { $0.value != 0 } ?? false
    let port = hasPort ? section.port("port") : nil
    guard let name = section.requiredText("name") else { return nil }
    if name.value.utf8.count > 63 || !name.value.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }) {
      findings.error(
        name.place, "\(section.name("name")) may only hold letters, digits and hyphens, 63 at most")
    }
    return AppManifest.Entrance(name: name, host: host?.value ?? "", port: port ?? 0, authLevel: authLevel?.value)
  }

  private func variables(_ apiVersion: AppManifest.APIVersion) -> [AppManifest.EnvironmentVariable] {
    let types = ["int", "bool", "url", "ip", "domain", "email", "string", "password"]
    return root.sections("envs").compactMap { section in
      let type = section.word("type", among: types)
      let isRequired = section.flag("required")
      let defaultValue = section.text("default")
      guard let name = section.requiredText("envName") else { return nil }
      if apiVersion == .v3, name.value.hasPrefix("OLARES_USER") {
        findings.error(
          name.place, "envs.envName must not begin with OLARES_USER",
          hint: "take a variable of the user by valueFrom.envName instead")
      }
      return AppManifest.EnvironmentVariable(
        name: name, type: type?.value, isRequired: isRequired, defaultValue: defaultValue?.value)
    }
  }
}

extension String {
  /// `[a-z]([-a-z0-9]*[a-z0-9])`, 63 at most.
  fileprivate var isServiceName: Bool {
    guard (2...63).contains(utf8.count), let first = utf8.first, let last = utf8.last else { return false }
    return first.isLowercaseLetter && last != UInt8(ascii: "-")
      && utf8.allSatisfy { $0.isLowercaseLetter || $0.isDigit || $0 == UInt8(ascii: "-") }
  }
}

extension UInt8 {
  var isLowercaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  var isLetterOrDigit: Bool { isDigit || (self | 0x20).isLowercaseLetter && self < 0x80 }
}
