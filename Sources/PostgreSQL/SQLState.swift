import Core

/// A condition by its five characters (PostgreSQL manual, appendix A): the one thing about an error that no
/// language setting and no version changes.
struct SQLState: Hashable, Sendable {
  let code: String
  init(_ code: String) { self.code = code }

  static let cannotConnectNow = SQLState("57P03")
  static let adminShutdown = SQLState("57P01")
  static let queryCanceled = SQLState("57014")
  static let tooManyConnections = SQLState("53300")
  static let invalidPassword = SQLState("28P01")
  static let invalidAuthorization = SQLState("28000")
  static let insufficientPrivilege = SQLState("42501")
  static let undefinedDatabase = SQLState("3D000")
  static let duplicateDatabase = SQLState("42P04")
  /// What two sessions get that create the same name at the same time.
  static let uniqueViolation = SQLState("23505")
  static let duplicateObject = SQLState("42710")
  static let duplicateSchema = SQLState("42P06")
  static let reservedName = SQLState("42939")
  static let dependentObjects = SQLState("2BP01")
  static let objectInUse = SQLState("55006")
  static let lockNotAvailable = SQLState("55P03")
  static let readOnlyTransaction = SQLState("25006")
  static let diskFull = SQLState("53100")
  static let featureNotSupported = SQLState("0A000")
}

/// What the server reported about one statement. Only its primary message is kept: detail, context and the statement
/// may quote data and passwords.
struct ServerError: Error {
  /// Nil where the connection broke before the server could say anything.
  let state: SQLState?
  let message: String

  init(state: SQLState?, message: String) {
    self.state = state
    self.message = Secret.masking(message.trimmingLineEnd)
  }

  /// The error in the user's words; `doing` completes the sentence "cannot …".
  func problem(_ doing: String, on endpoint: PostgreSQLEndpoint) -> Problem {
    let (code, status, transient): (String, ExitStatus, Bool) =
      switch state {
      case nil, .cannotConnectNow, .adminShutdown: ("postgres-unreachable", .unavailable, true)
      case .tooManyConnections: ("postgres-too-many-connections", .unavailable, true)
      case .queryCanceled: ("interrupted", .interrupted, false)
      case .insufficientPrivilege, .readOnlyTransaction: ("postgres-not-permitted", .notPermitted, false)
      case .duplicateDatabase, .duplicateObject, .duplicateSchema, .uniqueViolation:
        ("postgres-exists", .cannotCreate, false)
      case .reservedName: ("bad-name", .badData, false)
      case .diskFull: ("disk-full", .ioError, false)
      case .lockNotAvailable: ("postgres-locked", .busy, true)
      case .objectInUse: ("postgres-in-use", .busy, true)
      default: ("postgres-error", .failed, false)
      }
    let stateText = state.map { " (SQLSTATE \($0.code))" } ?? ""
    return Problem(
      code, status, "cannot \(doing) on PostgreSQL at \(endpoint)", cause: message + stateText, isTransient: transient)
  }

  /// The error of an attempt to connect.
  func connectionProblem(to endpoint: PostgreSQLEndpoint) -> Problem {
    switch state {
    case .invalidPassword, .invalidAuthorization:
      return Problem(
        "postgres-authentication-failed", .notPermitted,
        "PostgreSQL at \(endpoint) does not accept the password of \(endpoint.user)",
        hint: "check the password file and the user's name", cause: message)
    case .undefinedDatabase:
      return Problem(
        "no-such-database", .noInput, "PostgreSQL at \(endpoint) has no database \(endpoint.database)", cause: message)
    case .insufficientPrivilege:
      return Problem(
        "postgres-not-permitted", .notPermitted,
        "\(endpoint.user) may not connect to the database \(endpoint.database) on PostgreSQL at \(endpoint)",
        cause: message)
    case nil, .cannotConnectNow:
      return Problem(
        "postgres-unreachable", .unavailable, "cannot reach PostgreSQL at \(endpoint)",
        hint: "olares-cli status shows what runs; olares-cli service start starts it", cause: message,
        isTransient: true)
    default: return problem("connect as \(endpoint.user)", on: endpoint)
    }
  }
}

extension String {
  fileprivate var trimmingLineEnd: String {
    var text = self
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
