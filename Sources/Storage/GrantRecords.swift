import Core
import FoundationEssentials
import SystemPackage

/// The records of grants: `<root>/rootfs/userspace/.olares-grants/<owner>/<app>.json`, for root only.
struct GrantRecords: Sendable {
  let layout: Layout

  /// - Throws: `Problem` `bad-record` (bad data) for a record that cannot be read.
  func load(_ instance: AppInstance) throws(Problem) -> Grant? {
    let path = path(of: instance)
    guard let text = try Files.readTextIfPresent(path) else { return nil }
    do {
      let file = try JSONDecoder().decode(File.self, from: Data(text.utf8))
      guard file.version == File.currentVersion else {
        throw Problem(
          "bad-record", .badData, "\(path) was written by a newer olares-cli", hint: "upgrade olares-cli on this node")
      }
      guard file.app == instance.app.name, file.owner == instance.owner.name else {
        throw Problem("bad-record", .badData, "\(path) is the record of \(file.app) of \(file.owner)")
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
    try Files.createDirectory(path.removingLastComponent())
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
    let owners = if let owner { [owner.name] } else { try Files.names(in: layout.grantRecords) }
    for name in owners {
      guard let found = try? Owner(name) else { continue }
      for file in try Files.names(in: layout.grantRecords.appending(name)) where file.hasSuffix(Self.fileExtension) {
        guard let foundApp = try? AppName(String(file.dropLast(Self.fileExtension.count))), app ?? foundApp == foundApp
        else { continue }
        instances.append(AppInstance(app: foundApp, owner: found))
      }
    }
    return instances.sorted()
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
