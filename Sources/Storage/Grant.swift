package import Core
import SystemPackage

/// What an app may use of an owner's storage, as its manifest's `permission` section asks for it.
package struct GrantTerms: Sendable, Hashable, Codable {
  /// Which paths an app gets for its own directories.
  package enum Shape: String, Sendable, Codable {
    /// Directories named after the app.
    case app
    /// Manifests of type `middleware` get the directories that all apps' own lie in.
    case middleware
  }

  /// Outermost directories only.
  package let userData: [UserDataPath]
  package let appData: Bool
  package let appCache: Bool
  package let appCommon: Bool
  package let externalData: Bool
  package let shape: Shape
  /// What directories that have to be created belong to.
  package let ownership: Ownership
  /// Whether directories on which something else is mounted may be used.
  package let crossesMounts: Bool

  package init(
    userData: [UserDataPath] = [], appData: Bool = false, appCache: Bool = false, appCommon: Bool = false,
    externalData: Bool = false, shape: Shape = .app, ownership: Ownership = .workload, crossesMounts: Bool = false
  ) {
    self.userData = UserDataPath.outermost(userData)
    self.appData = appData
    self.appCache = appCache
    self.appCommon = appCommon
    self.externalData = externalData
    self.shape = shape
    self.ownership = ownership
    self.crossesMounts = crossesMounts
  }

  package var isEmpty: Bool { userData.isEmpty && !appData && !appCache && !appCommon && !externalData }

  /// The kinds of volume that are needed.
  package var volumeKinds: [VolumeName.Kind] {
    (userData.isEmpty && !appData ? [] : [.userspace]) + (appCache ? [.appcache] : [])
  }

  /// The directories in the owner's volumes that the app `app` gets.
  func directories(of app: AppName) throws(Problem) -> [VolumePath] {
    var directories = userData.map { VolumePath(kind: .userspace, path: $0.path) }
    let own = shape == .app ? "/\(app)" : ""
    if appData { directories.append(VolumePath(kind: .userspace, path: try RelativePath("Data\(own)"))) }
    if appCache { directories.append(VolumePath(kind: .appcache, path: try RelativePath(own))) }
    return directories
  }

  /// Those among them that are the app's alone: not the owner's, and not all apps'.
  func ownDirectories(of app: AppName) throws(Problem) -> [VolumePath] {
    guard shape == .app else { return [] }
    return try directories(of: app).filter { !UserDataPath.isInHome($0.path) || $0.kind == .appcache }
  }
}

/// A directory in a volume.
package struct VolumePath: Sendable, Hashable, Codable {
  package let kind: VolumeName.Kind
  /// Empty for the volume itself.
  package let path: RelativePath

  /// Whether `other` is this directory or lies below it.
  func covers(_ other: VolumePath) -> Bool { kind == other.kind && path.covers(other.path) }
}

/// What is asked for one app of one owner.
package struct GrantRequest: Sendable, Hashable {
  package let instance: AppInstance
  package let terms: GrantTerms
  /// Whether the app gets data that was left behind in the directories it asks for.
  package let adopting: Bool

  package init(_ instance: AppInstance, _ terms: GrantTerms, adopting: Bool = false) {
    self.instance = instance
    self.terms = terms
    self.adopting = adopting
  }
}

/// A grant on record.
package struct Grant: Sendable {
  /// How far an app is held to the directories of `userData`.
  package enum Enforcement: Sendable, Hashable {
    /// No directories of the owner's are granted.
    case notNeeded
    /// The app's `userData` directory shows the granted ones and nothing else.
    case mounted
    /// Mounting is not possible here: the app gets all of Home, and only the record says what it may use.
    case advisory(reason: String)

    /// As `--output json` calls it.
    package var name: String {
      switch self {
      case .notNeeded: "none"
      case .mounted: "mounted"
      case .advisory: "advisory"
      }
    }

    /// Why it is advisory only; nil where it is not.
    package var advisoryReason: String? {
      if case .advisory(let reason) = self { reason } else { nil }
    }
  }

  package let instance: AppInstance
  package internal(set) var body: Body
  /// What was granted before the last change, to go back to.
  var previous: Body?

  struct Volumes: Sendable, Codable {
    var userspace: VolumeName?
    var appcache: VolumeName?

    func belong(to owner: Owner) -> Bool {
      VolumeName.Kind.allCases.allSatisfy { kind in self[kind].map { $0.kind == kind && $0.owner == owner } ?? true }
    }

    subscript(kind: VolumeName.Kind) -> VolumeName? {
      get {
        switch kind {
        case .userspace: userspace
        case .appcache: appcache
        }
      }
      set {
        switch kind {
        case .userspace: userspace = newValue
        case .appcache: appcache = newValue
        }
      }
    }
  }

  package struct Body: Sendable, Codable {
    package let terms: GrantTerms
    /// The volumes it is about, so that it never applies to another owner's who is given the same name later.
    var volumes: Volumes
    /// What had to be created for it.
    var created: [VolumePath]
    var advisory: String?
    var isComplete: Bool
    /// ISO 8601, UTC.
    package let since: String
  }

  package var terms: GrantTerms { body.terms }
  package var since: String { body.since }
  /// False while a grant is being made or after it was cut off; granting again completes it.
  package var isComplete: Bool { body.isComplete }

  package var enforcement: Enforcement {
    if body.terms.userData.isEmpty { return .notNeeded }
    return body.advisory.map { .advisory(reason: $0) } ?? .mounted
  }

  package func volume(_ kind: VolumeName.Kind) -> VolumeName? { body.volumes[kind] }

  /// The directories that are the app's by this record. While a change is unfinished, those from before it are too.
  func directories() throws(Problem) -> [VolumePath] {
    let present = try terms.directories(of: instance.app)
    guard !isComplete, let previous else { return present }
    return present + (try previous.terms.directories(of: instance.app)).filter { !present.contains($0) }
  }

  /// Whether the app needs the directory, or one below it.
  func uses(_ directory: VolumePath, in volume: VolumeName?) -> Bool {
    guard self.volume(directory.kind) == volume, let directories = try? directories() else { return false }
    return directories.contains(where: directory.covers)
  }
}
