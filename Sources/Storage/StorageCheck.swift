package import Core
import SystemPackage

/// What an audit of all grants against the disk found.
package struct StorageCheck: Sendable, Encodable {
  package let root: String
  package internal(set) var grants = 0
  /// Problems first, then by owner and app.
  package internal(set) var findings: [StorageFinding] = []

  package var problems: Int { findings.count { $0.severity == .problem } }
  package var notices: Int { findings.count - problems }

  private enum CodingKeys: String, CodingKey { case root, grants, findings, problems, notices }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(root, forKey: .root)
    try container.encode(grants, forKey: .grants)
    try container.encode(findings, forKey: .findings)
    try container.encode(problems, forKey: .problems)
    try container.encode(notices, forKey: .notices)
  }
}

/// One thing that is not as it should be.
package struct StorageFinding: Sendable, Encodable {
  package enum Severity: String, Sendable, Encodable {
    /// An app lacks what it was granted, or can reach what it was not.
    case problem
    /// Works, and is worth knowing.
    case notice
  }

  /// A stable name in kebab-case, such as `not-shown`.
  package let code: String
  package let severity: Severity
  package let owner: String?
  package let app: String?
  /// What is wrong.
  package let message: String
  /// Why that matters.
  package let reason: String
  /// Each names the command that mends it.
  package let hints: [String]
}

extension Grants {
  /// Holds every grant on record against the disk and the mount table; changes nothing.
  ///
  /// - Parameter app: only what is about this app; what concerns an owner's volumes as a whole is left out then.
  /// - Throws: `Problem` `no-storage` (not prepared), `locked` (busy) while another run changes storage.
  package func check(owner: Owner? = nil, app: AppName? = nil) async throws -> StorageCheck {
    try layout.requirePrepared()
    let audit = { () throws(Problem) in
      var audit = StorageAudit(grants: self, mounts: try ViewMounts(layout), owner: owner, app: app)
      try audit.run()
      return audit.result
    }
    do {
      return try await exclusively(audit)
    } catch let problem as Problem where problem.code == "read-only" {
      // Nobody changes anything there, and the lock is a file.
      return try audit()
    }
  }
}

/// One run of the audit.
struct StorageAudit {
  let grants: Grants
  let mounts: ViewMounts
  let owner: Owner?
  let app: AppName?
  private(set) var result: StorageCheck

  var layout: Layout { grants.layout }

  init(grants: Grants, mounts: ViewMounts, owner: Owner?, app: AppName?) {
    self.grants = grants
    self.mounts = mounts
    self.owner = owner
    self.app = app
    result = StorageCheck(root: grants.layout.root.string)
  }

  mutating func run() throws(Problem) {
    do throws(Problem) {
      try grants.records.requirePrivate()
    } catch {
      // What such records say is worth nothing.
      return add(error, .problem, nil, reason: "whoever writes a record grants an app what they like")
    }
    var granted: [Grant] = []
    let instances = try grants.records.instances(owner: owner, app: nil)
    for instance in instances {
      do throws(Problem) {
        guard let grant = try grants.records.load(instance) else { continue }
        granted.append(grant)
        if app ?? instance.app == instance.app, !grant.terms.isEmpty {
          result.grants += 1
          try examine(grant)
        }
      } catch {
        guard app ?? instance.app == instance.app else { continue }
        add(error, .problem, instance, reason: "nobody can tell what \(instance) may use, nor change it")
      }
    }
    try examineViews(of: Set(instances))
    try examineVolumes(granted, unreadable: Set(instances).subtracting(granted.map(\.instance)))
    if owner == nil, app == nil { try examineStrays() }
    result.findings.sort { $0.rank.lexicographicallyPrecedes($1.rank) }
  }

  mutating func add(
    _ code: String, _ severity: StorageFinding.Severity, _ instance: AppInstance?, _ message: String, reason: String,
    hints: [String]
  ) {
    add(code, severity, instance?.owner, instance?.app, message, reason: reason, hints: hints)
  }

  mutating func add(
    _ code: String, _ severity: StorageFinding.Severity, _ owner: Owner?, _ app: AppName?, _ message: String,
    reason: String, hints: [String]
  ) {
    result.findings.append(
      StorageFinding(
        code: code, severity: severity, owner: owner?.name, app: app?.name, message: message, reason: reason,
        hints: hints))
  }

  mutating func add(
    _ problem: Problem, _ severity: StorageFinding.Severity, _ instance: AppInstance?, reason: String
  ) {
    add(problem.code, severity, instance, problem.message, reason: reason, hints: problem.hints)
  }
}

extension StorageFinding {
  fileprivate var rank: [String] {
    [severity == .problem ? "0" : "1", owner ?? "", app ?? "", code, message]
  }
}
