import Apps
import Core
import FoundationEssentials
import PostgreSQL

/// A database in the output of the verbs about databases; its keys are stable.
struct DatabaseRecord: Encodable, Sendable {
  let owner: String
  let app: String
  let database: String
  let role: String
  /// Nil where the administrator's account may not look.
  let bytes: Int?
  /// Open now.
  let connections: Int
  /// Nil for none.
  let connectionLimit: Int?
  /// Nil for none.
  let statementTimeoutMilliseconds: Int?
  /// When a file of the database was last written; nil where the administrator's account may not look.
  let lastWrite: Date?
  let settings: [String]
  /// `complete`; or `unfinished`, where a run that made it was cut off.
  let state: String
  /// `pending` where it is to be distributed and the server has no Citus.
  let distributed: String?

  init(_ description: DatabaseDescription, lastWrite: Date?) {
    owner = description.instance.owner.name
    app = description.instance.app.name
    database = description.database.name
    role = description.role.name
    bytes = description.bytes
    connections = description.connections
    connectionLimit = description.limits.connections?.number
    let timeout = description.limits.statementTimeout?.milliseconds ?? 0
    statementTimeoutMilliseconds = timeout == 0 ? nil : timeout
    self.lastWrite = lastWrite
    settings = description.settings
    state = description.isComplete ? "complete" : "unfinished"
    distributed = description.awaitsDistribution ? "pending" : nil
  }

  var size: String { bytes.map { ByteCount($0).forPeople } ?? "?" }
  var limit: String { connectionLimit.map { "\($0)" } ?? "none" }
  var timeout: String? { statementTimeoutMilliseconds.map { Duration.milliseconds($0).forPeople } }

  /// `now` while somebody is connected; else how long ago a file was written.
  var lastUse: String {
    if connections > 0 { return "now" }
    guard let lastWrite else { return "?" }
    return Duration.seconds(max(0, Int64(Date.now.timeIntervalSince(lastWrite)))).forPeople + " ago"
  }

  private var remarks: String {
    var remarks = state == "complete" ? [] : [state]
    if let timeout { remarks.append("statements up to \(timeout)") }
    if let distributed { remarks.append("distributed: \(distributed)") }
    return remarks.joined(separator: ", ")
  }

  fileprivate static func table(_ records: [DatabaseRecord]) -> Table {
    Table(
      ["OWNER", "APP", "DATABASE", "ROLE", .number("SIZE"), .number("CONNECTIONS"), .number("LAST USE"), ""],
      rows: records.map {
        [
          $0.owner, $0.app, $0.database, $0.role, $0.size, "\($0.connections)/\($0.limit)", $0.lastUse, $0.remarks,
        ]
      })
  }
}

extension AdminSession {
  /// The databases with the times of their last use.
  func records(of databases: [DatabaseDescription]) async throws -> [DatabaseRecord] {
    let times = try await lastWrites(to: databases.map(\.database))
    return databases.map { DatabaseRecord($0, lastWrite: times[$0.database]) }
  }
}

extension Rendering {
  init(_ databases: [DatabaseRecord]) { self.init(databases, DatabaseRecord.table(databases)) }

  /// - Parameter binding: what `env` and `helm-values` print, with the password.
  init(_ databases: [DatabaseRecord], binding: AppBinding) {
    self.init(databases)
    let withPasswords = Rendering(binding: binding)
    environment = withPasswords.environment
    helmValues = withPasswords.helmValues
  }
}
