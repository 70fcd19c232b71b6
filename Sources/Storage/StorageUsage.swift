package import Core
import SystemPackage

/// What owners and apps take of the disks.
package struct StorageUsage: Sendable, Encodable {
  package struct Entry: Sendable, Encodable {
    package enum Kind: String, Sendable, Encodable {
      case appData, appCache
      /// A directory of the owner's that apps were granted.
      case userData
      /// What lies in all apps' directory and is in no app's own.
      case other
    }

    package let owner: String
    /// Whose it is; every app that was granted it, for `userData`.
    package let apps: [String]
    package let kind: Kind
    package let path: String
    package let size: TreeSize
    /// Whether a grant covers it; data without one was left behind.
    package let granted: Bool
  }

  package struct Total: Sendable, Encodable {
    package let owner: String
    package let size: TreeSize
  }

  package struct FileSystem: Sendable, Encodable {
    package let path: String
    package let freeBytes: Int
    package let totalBytes: Int
  }

  /// Largest first.
  package internal(set) var entries: [Entry] = []
  package internal(set) var fileSystems: [FileSystem] = []
  /// Directories that were not counted, because another file system is mounted there or they were moved meanwhile.
  package internal(set) var skipped: [String] = []

  package var total: TreeSize { entries.reduce(TreeSize()) { $0 + $1.size } }

  /// By owner, largest first.
  package var totals: [Total] {
    Dictionary(grouping: entries, by: \.owner)
      .map { owner, entries in Total(owner: owner, size: entries.reduce(TreeSize()) { $0 + $1.size }) }
      .sorted { ($1.size.bytes, $0.owner) < ($0.size.bytes, $1.owner) }
  }

  private enum CodingKeys: String, CodingKey { case entries, totals, total, fileSystems, skipped }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(entries, forKey: .entries)
    try container.encode(totals, forKey: .totals)
    try container.encode(total, forKey: .total)
    try container.encode(fileSystems, forKey: .fileSystems)
    try container.encode(skipped, forKey: .skipped)
  }
}

/// Which directories `StorageUsage` is about.
package struct UsageScope: Sendable {
  package var owner: Owner?
  package var app: AppName?
  /// Also the directories of owners' Homes that apps were granted.
  package var includesUserData = false

  package init(owner: Owner? = nil, app: AppName? = nil, includesUserData: Bool = false) {
    self.owner = owner
    self.app = app
    self.includesUserData = includesUserData
  }
}

extension Grants {
  /// Counts what apps have stored. It takes no lock: what changes meanwhile is counted or not.
  ///
  /// - Parameter progress: told what was counted so far, now and then.
  /// - Throws: `Problem` `no-storage` (not prepared), or for what cannot be read.
  package func usage(
    _ scope: UsageScope = UsageScope(), progress: @escaping @Sendable (TreeSize) -> Void = { _ in }
  ) async throws -> StorageUsage {
    try layout.requirePrepared()
    return try await UsageCount(grants: self, scope: scope, progress: progress).count()
  }
}

/// One counting, on a thread of its own: it may take minutes.
private actor UsageCount {
  private let grants: Grants
  private let scope: UsageScope
  private let progress: @Sendable (TreeSize) -> Void
  private let executor = BlockingExecutor(label: "storage usage")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(grants: Grants, scope: UsageScope, progress: @escaping @Sendable (TreeSize) -> Void) {
    self.grants = grants
    self.scope = scope
    self.progress = progress
  }

  func count() throws -> StorageUsage {
    let progress = progress
    var counter = TreeCounter { size in
      try Task.checkCancellation()
      progress(size)
    }
    // A record that cannot be read keeps nothing from being counted; `check` reports it.
    let granted = try grants.records.instances(owner: scope.owner, app: nil)
      .compactMap { try? grants.records.load($0) }
    var usage = StorageUsage()
    for kind in VolumeName.Kind.allCases {
      let onVolume = Dictionary(grouping: granted) { $0.volume(kind) }
      for volume in try grants.volumes.all(kind) where scope.owner ?? volume.owner == volume.owner {
        try count(volume, onVolume[volume] ?? [], &counter, &usage)
      }
    }
    usage.entries.sort { ($1.size.bytes, $0.path) < ($0.size.bytes, $1.path) }
    usage.skipped = counter.skipped.map(\.string)
    usage.fileSystems = try fileSystems()
    return usage
  }

  private func count(
    _ volume: VolumeName, _ granted: [Grant], _ counter: inout TreeCounter, _ usage: inout StorageUsage
  ) throws {
    guard let root = try grants.volumes.open(volume) else { return }
    switch volume.kind {
    case .appcache: try countApps(in: root, volume, granted, &counter, &usage)
    case .userspace:
      if let data = try root.plainDirectory(RelativePath("Data"), crossingMounts: true) {
        try countApps(in: data, volume, granted, &counter, &usage)
      }
      if scope.includesUserData { try countUserData(in: root, volume, granted, &counter, &usage) }
    }
  }

  /// Each directory here is an app's.
  private func countApps(
    in directory: borrowing SafeDirectory, _ volume: VolumeName, _ granted: [Grant], _ counter: inout TreeCounter,
    _ usage: inout StorageUsage
  ) throws {
    let isCache = volume.kind == .appcache
    let coverage = GrantCoverage(granted)
    var other = TreeSize()
    for name in try directory.names() where scope.app.map({ $0.name == name.string }) ?? true {
      guard let own = try directory.plainDirectory(name) else {
        other = other + counter.count(file: name, in: directory)
        continue
      }
      let path = VolumePath(kind: volume.kind, path: try RelativePath(isCache ? "" : "Data").appending(name))
      usage.entries.append(
        StorageUsage.Entry(
          owner: volume.owner.name, apps: [name.string], kind: isCache ? .appCache : .appData, path: own.path.string,
          size: try counter.count(own), granted: coverage.covers(path)))
    }
    guard other.files > 0 else { return }
    usage.entries.append(
      StorageUsage.Entry(
        owner: volume.owner.name, apps: [], kind: .other, path: directory.path.string, size: other, granted: true))
  }

  private func countUserData(
    in root: borrowing SafeDirectory, _ volume: VolumeName, _ granted: [Grant], _ counter: inout TreeCounter,
    _ usage: inout StorageUsage
  ) throws {
    let granted = granted.filter { scope.app ?? $0.instance.app == $0.instance.app }
    for place in UserDataPath.outermost(granted.flatMap(\.terms.userData)) {
      let users = granted.filter { $0.terms.userData.contains { place.path.covers($0.path) } }
      guard
        let directory = try root.plainDirectory(
          place.path, crossingMounts: users.contains(where: \.terms.crossesMounts))
      else { continue }
      usage.entries.append(
        StorageUsage.Entry(
          owner: volume.owner.name, apps: users.map(\.instance.app.name), kind: .userData, path: directory.path.string,
          size: try counter.count(directory), granted: true))
    }
  }

  /// Those that the volumes lie on, each once.
  private func fileSystems() throws(Problem) -> [StorageUsage.FileSystem] {
    var found: [(device: UInt64, facts: StorageUsage.FileSystem)] = []
    for path in [grants.layout.sharedFiles, grants.layout.userdata] {
      let directory = try SafeDirectory(trusted: path)
      let device = try directory.identity.device
      if found.contains(where: { $0.device == device }) { continue }
      let space = try directory.space()
      found.append(
        (device, StorageUsage.FileSystem(path: path.string, freeBytes: space.free, totalBytes: space.total)))
    }
    return found.map(\.facts)
  }
}
