import Core
import Storage
import SystemPackage
import YAML

/// A grant as scripts get it.
struct GrantRecord: Encodable, Sendable {
  let app: String
  let owner: String
  let userData: [String]
  let appData: Bool
  let appCache: Bool
  let appCommon: Bool
  let externalData: Bool
  /// `mounted`, `advisory` or `none`.
  let enforcement: String
  /// Why the grant is advisory only.
  let advisory: String?
  let complete: Bool
  let since: String
  let binding: StorageBinding
  let changed: Bool?
  /// What a grant took over, and what it gave up.
  let adopted: [String]?
  let kept: [String]?

  init(_ grant: Grant, in layout: Layout, _ outcome: Grants.Outcome? = nil) {
    app = grant.instance.app.name
    owner = grant.instance.owner.name
    userData = grant.terms.userData.map(\.description)
    appData = grant.terms.appData
    appCache = grant.terms.appCache
    appCommon = grant.terms.appCommon
    externalData = grant.terms.externalData
    enforcement = grant.enforcement.name
    advisory = grant.enforcement.advisoryReason
    complete = grant.isComplete
    since = grant.since
    binding = StorageBinding(grant, in: layout)
    changed = outcome?.changed
    adopted = outcome?.adopted.map(\.string)
    kept = outcome?.kept.map(\.string)
  }

  /// What the app gets, a line each.
  private var directories: Table {
    let userspace = binding.userspace
    let rows: [[String]] = [
      ("userData", userspace.userData, userData.joined(separator: ", ")), ("appData", userspace.appData, ""),
      ("appCache", userspace.appCache, ""), ("appCommon", userspace.appCommon, ""),
      ("externalData", binding.sharedlib, ""),
    ].compactMap { name, path, shows in path.map { [name, $0, shows] } }
    return Table(["", "PATH", "SHOWS"], rows: rows)
  }

  var rendering: Rendering {
    Rendering(
      self,
      table: { width, style in
        var lines = ["\(style.bold("\(app) of \(owner)"))  \(style.dim("since \(since)"))"]
        if !complete { lines.append(style.warning("incomplete: grant it again to complete it")) }
        if let advisory { lines.append(style.warning("advisory only: \(advisory)")) }
        return (lines + [directories.rendered(width: width, style: style)]).joined(separator: "\n")
      },
      environment: {
        let userspace = binding.userspace
        return [
          ("USER_DATA", userspace.userData), ("APP_DATA", userspace.appData), ("APP_CACHE", userspace.appCache),
          ("APP_COMMON", userspace.appCommon), ("SHARED_LIB_PATH", binding.sharedlib),
        ].compactMap { name, value in value.map { (name, $0) } }
      },
      helmValues: { binding })
  }

  static func table(_ records: [GrantRecord]) -> Table {
    let mark = { (granted: Bool) in granted ? "yes" : "-" }
    return Table(
      ["OWNER", "APP", "USERDATA", "APPDATA", "APPCACHE", "COMMON", "EXTERNAL", "ENFORCED"],
      rows: records.map { record in
        [
          record.owner, record.app, record.userData.isEmpty ? "-" : record.userData.joined(separator: ", "),
          mark(record.appData), mark(record.appCache), mark(record.appCommon), mark(record.externalData),
          record.complete ? record.enforcement : "incomplete",
        ]
      })
  }
}

/// What a grant would change, as scripts get it.
struct StoragePlanRecord: Encodable, Sendable {
  let app: String
  let owner: String
  let changes: Bool
  /// Kinds of volume that the owner gets first.
  let newVolumes: [String]
  let newDirectories: [String]
  /// Left behind with what is in them, and taken over.
  let adopted: [String]
  /// Given up, and kept with what is in them.
  let kept: [String]
  let mounts: [String]

  init(_ plan: GrantPlan, in layout: Layout) {
    app = plan.request.instance.app.name
    owner = plan.request.instance.owner.name
    changes = plan.changesAnything
    newVolumes = plan.newVolumes.map(\.kind.rawValue)
    let name: (VolumePath) -> String = { "\($0.kind.rawValue)/\($0.path.text)" }
    newDirectories = plan.newDirectories.map(name)
    adopted = plan.adopted.map(name)
    kept = plan.kept.map(name)
    mounts = plan.changesView ? plan.request.terms.userData.map(\.description) : []
  }

  var table: Table {
    let rows =
      newVolumes.map { ["volume", $0, "new"] } + newDirectories.map { ["directory", $0, "new"] }
      + adopted.map { ["directory", $0, "adopted"] } + kept.map { ["directory", $0, "given up, kept"] }
      + mounts.map { ["userData", $0, "to be shown"] }
    return Table(["", "NAME", "STATE"], rows: changes ? rows : [["grant", "\(app) of \(owner)", "unchanged"]])
  }
}

extension PersistentVolumes {
  /// The objects as one YAML stream.
  static func yaml(of binding: StorageBinding, for instance: AppInstance) throws(Problem) -> String {
    var text = ""
    for document in documents(of: binding, for: instance) {
      text += "---\n" + (try YAMLEmitter.emit(document.yamlValue))
    }
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }
}

extension OrderedDocument {
  fileprivate var yamlValue: YAMLValue {
    switch self {
    case .text(let text): .string(text)
    case .list(let elements): .sequence(elements.map(\.yamlValue))
    case .map(let entries): .mapping(entries.map { (key: $0.key, value: $0.value.yamlValue) })
    }
  }
}
