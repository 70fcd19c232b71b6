import Core
import FoundationEssentials
import SystemPackage

/// The records of grants: `<root>/rootfs/userspace/.olares-grants/<owner>/<app>.json`, for root only.
struct GrantRecords: Sendable {
  let layout: Layout

  /// - Throws: `Problem` `bad-record` (bad data) for a record that cannot be read, `not-private` (not permitted) for one
  ///   that somebody else may have written.
  func load(_ instance: AppInstance) throws(Problem) -> Grant? {
    let path = path(of: instance)
    guard let directory = try open(instance.owner), let text = try directory.readPrivateFile(fileName(instance)) else {
      return nil
    }
    do {
      let file = try JSONDecoder().decode(File.self, from: Data(text.utf8))
      guard file.version == File.currentVersion else {
        throw Problem(
          "bad-record", .badData, "\(path) was written by a newer olares-cli", hint: "upgrade olares-cli on this node")
      }
      guard file.app == instance.app.name, file.owner == instance.owner.name else {
        throw Problem(
          "bad-record", .badData,
          "\(path) is the record of \(file.app.shortened(to: 40)) of \(file.owner.shortened(to: 80))",
          hint: "move it away and grant again: mv \(path) \(path).damaged")
      }
      for body in [file.current] + (file.previous.map { [$0] } ?? []) where !body.volumes.belong(to: instance.owner) {
        throw Problem(
          "bad-record", .badData, "\(path) is about another owner's volume",
          hint: "move it away and grant again: mv \(path) \(path).damaged")
      }
      return Grant(instance: instance, body: file.current, previous: file.previous)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(
        "bad-record", .badData, "the record of a grant is damaged: \(path)",
        hint: "move it away and grant again: mv \(path) \(path).damaged", cause: "\(error)")
    }
  }

  func save(_ grant: Grant) throws(Problem) {
    let path = path(of: grant.instance)
    _ = try openAll().directory(
      RelativePath.component(grant.instance.owner.name),
      creating: DirectoryAttributes(mode: .ownerReadWriteExecute, ownership: .current))
    let file = File(
      version: File.currentVersion, app: grant.instance.app.name, owner: grant.instance.owner.name,
      current: grant.body, previous: grant.previous)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let text: String
    do {
      text = String(decoding: try encoder.encode(file), as: UTF8.self)
    } catch {
      throw Problem(error)
    }
    try AtomicFile.write(text + "\n", to: path)
  }

  func remove(_ instance: AppInstance) throws(Problem) {
    let path = path(of: instance)
    try AtomicFile.remove(path)
    let owners = try SafeDirectory(trusted: layout.grantRecords)
    _ = try owners.removeIfEmpty(RelativePath.component(instance.owner.name))
  }

  /// The instances on record, sorted; `owner` and `app` narrow it down.
  func instances(owner: Owner?, app: AppName?) throws(Problem) -> [AppInstance] {
    var instances: [AppInstance] = []
    let all = try openAll()
    for name in try all.names() {
      guard let found = try? Owner(name.string), owner ?? found == found,
        let directory = try all.plainDirectory(name)
      else { continue }
      for file in try directory.names() {
        guard let foundApp = Self.app(ofFile: file.string), app ?? foundApp == foundApp else { continue }
        instances.append(AppInstance(app: foundApp, owner: found))
      }
    }
    return instances.sorted()
  }

  /// Entries that are no records, such as what a run left that was killed while it wrote one.
  func strays() throws(Problem) -> [FilePath] {
    let all = try openAll()
    var strays: [FilePath] = []
    for name in try all.names() where name.string != ".lock" {
      guard (try? Owner(name.string)) != nil, let directory = try all.plainDirectory(name) else {
        strays.append(all.path.appending(name))
        continue
      }
      for file in try directory.names() where Self.app(ofFile: file.string) == nil {
        strays.append(directory.path.appending(file))
      }
    }
    return strays
  }

  /// - Throws: `Problem` `not-private` (not permitted) when others than root may write records.
  func requirePrivate() throws(Problem) { _ = try openAll() }

  private func openAll() throws(Problem) -> SafeDirectory {
    let all = try SafeDirectory(trusted: layout.grantRecords)
    try all.requirePrivate()
    return all
  }

  private func open(_ owner: Owner) throws(Problem) -> SafeDirectory? {
    let all = try openAll()
    guard let directory = try all.directoryIfPresent(RelativePath.component(owner.name)) else { return nil }
    try directory.requirePrivate()
    return directory
  }

  private static func app(ofFile name: String) -> AppName? {
    guard name.hasSuffix(fileExtension) else { return nil }
    return try? AppName(String(name.dropLast(fileExtension.count)))
  }

  private func fileName(_ instance: AppInstance) throws(Problem) -> FilePath.Component {
    try RelativePath.component(instance.app.name + Self.fileExtension)
  }

  private func path(of instance: AppInstance) -> FilePath {
    layout.grantRecords.appending(instance.owner.name).appending(instance.app.name + Self.fileExtension)
  }

  private static let fileExtension = ".json"

  private struct File: Codable {
    static let currentVersion = 1
    let version: Int
    let app: String
    let owner: String
    let current: Grant.Body
    let previous: Grant.Body?
  }
}
