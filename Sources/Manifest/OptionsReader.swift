import Core
import YAML

/// Reads `options`.
struct OptionsReader {
  let root: SectionReader
  let findings: Findings

  func options(entrances: [AppManifest.Entrance]) -> AppOptions {
    guard let section = root.section("options") else { return AppOptions() }
    for policy in section.sections("policies") { check(policy, entrances) }
    var options = AppOptions()
    options.dependencies = section.sections("dependencies").compactMap { dependency($0) }
    options.conflicts = section.sections("conflicts").compactMap { $0.requiredText("name")?.value }
    options.isClusterScoped = section.section("appScope")?.flag("clusterScoped") ?? false
    return options
  }

  private func dependency(_ section: SectionReader) -> AppOptions.Dependency? {
    let version = section.requiredText("version", hint: "name a range, for example  version: '>=1.12.0-0'")
    if let version, VersionRange(version.value) == nil {
      findings.error(
        version.place,
        "\(section.name("version")) is \"\(version.value.shortened(to: 60))\", which is no range of versions",
        hint: "write for example '>=1.12.0-0' or '>=1.0.0, <2'")
    }
    if section.entry("type") == nil {
      findings.error(section.place, "\(section.name("type")) is missing", hint: "system, application or middleware")
    }
    let type = section.word("type", among: ["system", "application", "middleware"])
    guard let name = section.requiredText("name") else { return nil }
    return AppOptions.Dependency(
      name: name, version: version?.value ?? "", type: type?.value ?? "", isMandatory: section.flag("mandatory"))
  }

  private func check(_ policy: SectionReader, _ entrances: [AppManifest.Entrance]) {
    _ = policy.requiredText("uriRegex")
    _ = policy.requiredText("level")
    _ = policy.flag("oneTime")
    if let entrance = policy.text("entranceName"), !entrances.isEmpty,
      !entrances.contains(where: { $0.name.value == entrance.value })
    {
      let hint = Spelling.nearest(to: entrance.value, among: entrances.map(\.name.value)).map { "did you mean \($0)?" }
      findings.warning(
        entrance.place, "no entrance is called \"\(entrance.value.shortened(to: 63))\"; the policy has no effect",
        hint: hint)
    }
    if let duration = policy.text("validDuration"), !duration.value.isEmpty, !duration.value.isDuration {
      findings.error(
        duration.place,
        "\(policy.name("validDuration")) is \"\(duration.value.shortened(to: 40))\", which is no duration",
        hint: "write for example 3600s or 1h30m")
    }
  }
}

extension String {
  /// Numbers with units, one after the other: `3600s`, `1h30m`.
  fileprivate var isDuration: Bool {
    guard (1...100).contains(utf8.count) else { return false }
    var rest = self[...]
    while !rest.isEmpty {
      if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
      let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      guard Double(number) != nil else { return false }
      rest = rest.dropFirst(number.count)
      guard let unit = ["us", "ns", "ms", "s", "m", "h", "d", "w", "y"].first(where: { rest.hasPrefix($0) }) else {
        return false
      }
      rest = rest.dropFirst(unit.count)
    }
    return true
  }
}
