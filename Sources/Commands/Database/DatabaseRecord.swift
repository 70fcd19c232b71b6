import Apps
import Core
import PostgreSQL

/// A database in the output of the verbs about databases; its keys are stable.
struct DatabaseRecord: Encodable, Sendable {
  let owner: String
  let app: String
  let database: String
  let role: String
  let bytes: Int
  let connections: Int
  let connectionLimit: Int
  let settings: [String]
  /// `complete`; or `unfinished`, where a run that made it was cut off.
  let state: String
  /// `pending` where it is to be distributed and the server has no Citus.
  let distributed: String?

  init(_ description: DatabaseDescription) {
    owner = description.instance.owner.name
    app = description.instance.app.name
    database = description.database.name
    role = description.role.name
    bytes = description.bytes
    connections = description.connections
    connectionLimit = description.connectionLimit
    settings = description.settings
    state = description.isComplete ? "complete" : "unfinished"
    distributed = description.awaitsDistribution ? "pending" : nil
  }

  private var remarks: String {
    var remarks = state == "complete" ? [] : [state]
    if let distributed { remarks.append("distributed: \(distributed)") }
    return remarks.joined(separator: ", ")
  }

  fileprivate static func table(_ records: [DatabaseRecord]) -> Table {
    Table(
      ["OWNER", "APP", "DATABASE", "ROLE", .number("SIZE"), .number("CONNECTIONS"), ""],
      rows: records.map {
        [
          $0.owner, $0.app, $0.database, $0.role, ByteCount($0.bytes).forPeople,
          "\($0.connections)/\($0.connectionLimit)",
          $0.remarks,
        ]
      })
  }
}

extension Rendering {
  init(_ databases: [DatabaseDescription]) {
    let records = databases.map { DatabaseRecord($0) }
    self.init(records, DatabaseRecord.table(records))
  }

  /// - Parameter binding: what `env` and `helm-values` print, with the password.
  init(_ databases: [DatabaseDescription], binding: AppBinding) {
    self.init(databases)
    let withPasswords = Rendering(binding: binding)
    environment = withPasswords.environment
    helmValues = withPasswords.helmValues
  }
}
