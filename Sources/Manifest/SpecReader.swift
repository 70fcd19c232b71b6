import Core
import YAML

/// Reads `spec`.
struct SpecReader {
  let root: SectionReader
  let findings: Findings

  func spec(version: SemanticVersion?, apiVersion: AppManifest.APIVersion) -> AppSpec {
    guard let section = root.section("spec") else {
      if root.entry("spec") == nil { findings.error(root.place, "spec is missing") }
      return AppSpec()
    }
    var spec = AppSpec()
    spec.quantities = quantities(section)
    spec.resources = (section.sections("resources") + section.sections("accelerator")).compactMap { section in
      let quantities = quantities(section)
      return section.requiredText("mode").map { mode in
        if !Self.modes.contains(mode.value) {
          let hint = Spelling.nearest(to: mode.value, among: Array(Self.modes)).map { "did you mean \($0)?" }
          findings.warning(
            mode.place,
            "\(section.name("mode")) \"\(mode.value.shortened(to: 40))\" is unknown; Olares may add it one day",
            hint: hint)
        }
        return AppSpec.Resources(mode: mode, quantities: quantities)
      }
    }
    if spec.resources.isEmpty {
      // From 0.12.0 on the format wants `accelerator`, but most real manifests keep the flat fields, and they work.
      for key in ["requiredMemory", "limitedMemory", "requiredDisk", "requiredCpu", "limitedCpu"]
      where section.entry(key) == nil && apiVersion != .v2 {
        findings.warning(section.place, "spec.\(key) is missing")
      }
    }
    spec.architectures = section.texts("supportArch").compactMap { architecture in
      if ["amd64", "arm64"].contains(architecture.value) { return architecture.value }
      findings.error(
        architecture.place, "spec.supportArch is \"\(architecture.value.shortened(to: 40))\"; it must be amd64 or arm64"
      )
      return nil
    }
    checkLocales(section)
    spec.runsAsUser = section.flag("runAsUser")
    spec.isForAdminOnly = section.flag("onlyAdmin")
    spec.subCharts = subCharts(section, apiVersion)
    return spec
  }

  private func checkLocales(_ section: SectionReader) {
    var seen: Set<String> = []
    for locale in section.texts("locale") {
      let shown = locale.value.shortened(to: 40)
      let canonical = LanguageTag.canonical(locale.value)
      if canonical == nil {
        findings.error(
          locale.place, "spec.locale has \"\(shown)\", which names no language",
          hint: "write a tag of BCP 47, for example en-US or zh-CN")
      } else if let canonical, canonical != locale.value {
        findings.error(locale.place, "spec.locale has \"\(shown)\"", hint: "it is spelled \(canonical)")
      } else if !seen.insert(locale.value).inserted {
        findings.error(locale.place, "spec.locale has \"\(shown)\" twice")
      }
    }
  }

  private static let modes = ["cpu", "amd-apu", "amd-gpu", "apple-m", "nvidia", "nvidia-gb10", "mthreads-m1000"]

  private func quantities(_ section: SectionReader) -> [String: Located<Quantity>] {
    var quantities: [String: Located<Quantity>] = [:]
    for resource in ["Memory", "Disk", "Cpu", "Gpu", "GPUMemory"] {
      let keys = ManifestSchema.keys(of: section.path)
      for key in ["required\(resource)", "limited\(resource)"] where keys.contains(key) {
        // Real manifests write -1 for an amount that is decided elsewhere.
        guard let text = section.text(key), !text.value.isEmpty, text.value != "-1" else { continue }
        guard let quantity = Quantity(text.value) else {
          findings.error(
            text.place, "\(section.name(key)) is \"\(text.value.shortened(to: 40))\", which is no quantity",
            hint: "write for example 500m (half a core), 1Gi or 200Mi")
          continue
        }
        quantities[key] = Located(quantity, at: text.place)
      }
      if let required = quantities["required\(resource)"], let limited = quantities["limited\(resource)"],
        limited.value.value < required.value.value
      {
        findings.error(
          limited.place,
          "\(section.name("limited\(resource)")) (\(limited.value)) is less than required\(resource) (\(required.value))"
        )
      }
    }
    return quantities
  }

  private func subCharts(_ section: SectionReader, _ apiVersion: AppManifest.APIVersion) -> [AppSpec.SubChart] {
    let charts = section.sections("subCharts").compactMap { section -> AppSpec.SubChart? in
      let isShared = section.flag("shared")
      return section.requiredText("name").map { AppSpec.SubChart(name: $0.value, isShared: isShared) }
    }
    if apiVersion == .v2, !charts.contains(where: \.isShared) {
      findings.error(
        section.entry("subCharts")?.key.place ?? section.place, "apiVersion v2 needs a shared chart in spec.subCharts",
        hint: "add an item with  shared: true")
    }
    return charts
  }
}
