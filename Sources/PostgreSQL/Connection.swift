import CPostgreSQL
import Core
import Glibc

/// One connection to one database. Its calls block, so it lives on a `Channel`'s thread and is never handed on.
final class Connection {
  private let libpq: libpq_functions
  private let handle: OpaquePointer
  let endpoint: PostgreSQLEndpoint

  /// Connects and logs in.
  /// - Parameters:
  ///   - settings: server parameters of this session. They are part of the login, so that nothing a tenant has set for
  ///     its database or role comes before them.
  ///   - timeout: for all of it.
  /// - Throws: `Problem`, or `CancellationError`.
  init(to endpoint: PostgreSQLEndpoint, settings: [(name: String, value: String)], timeout: Duration) throws {
    let libpq = try LibPQ.functions()
    self.libpq = libpq
    self.endpoint = endpoint
    let options = settings.map { "-c \($0.name)=\($0.value.escapingSpaces)" }.joined(separator: " ")
    var parameters: [(String, String)] = [
      ("host", endpoint.host), ("port", "\(endpoint.port)"), ("user", endpoint.user), ("dbname", endpoint.database),
      ("sslmode", endpoint.sslMode.rawValue), ("gssencmode", "disable"), ("client_encoding", "UTF8"),
      ("application_name", "olares-cli"), ("options", options), ("keepalives_idle", "60"),
    ]
    if let password = endpoint.password { parameters.append(("password", password.reveal())) }
    if let certificate = endpoint.rootCertificate { parameters.append(("sslrootcert", certificate)) }
    let started = parameters.map(\.0).withCStrings { names in
      parameters.map(\.1).withCStrings { values in libpq.PQconnectStartParams(names, values, 0) }
    }
    guard let started else { throw ServerError(state: nil, message: "out of memory").connectionProblem(to: endpoint) }
    handle = started
    // The verbose form carries the SQLSTATE, the only language-independent reason of a refused login.
    _ = libpq.PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    // The default receiver prints notices to standard error.
    _ = libpq.PQsetNoticeReceiver(handle, { _, _ in }, nil)
    try finishConnecting(by: .now + timeout)
  }

  deinit { libpq.PQfinish(handle) }

  private func finishConnecting(by deadline: ContinuousClock.Instant) throws {
    var awaited = Int16(POLLOUT)
    while true {
      guard libpq.PQstatus(handle) != CONNECTION_BAD else { break }
      guard ContinuousClock.now < deadline else {
        throw ServerError(state: nil, message: "no answer in time").connectionProblem(to: endpoint)
      }
      try Task.checkCancellation()
      var descriptor = pollfd(fd: libpq.PQsocket(handle), events: awaited, revents: 0)
      // Short waits, so that cancelling the task is noticed.
      guard poll(&descriptor, 1, 100) != 0 else { continue }
      switch libpq.PQconnectPoll(handle) {
      case PGRES_POLLING_OK: return
      case PGRES_POLLING_READING: awaited = Int16(POLLIN)
      case PGRES_POLLING_WRITING: awaited = Int16(POLLOUT)
      default: throw connectionError().connectionProblem(to: endpoint)
      }
    }
    throw connectionError().connectionProblem(to: endpoint)
  }

  /// libpq keeps the reason of a refused login only as text: `…: FATAL:  28P01: message⏎LOCATION:  …`.
  private func connectionError() -> ServerError {
    let text = libpq.PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
    for line in lines {
      guard let match = line.firstMatch(of: #/: {2}(?<state>[0-9A-Z]{5}): (?<message>.*)/#) else { continue }
      return ServerError(state: SQLState(String(match.state)), message: String(match.message))
    }
    return ServerError(state: nil, message: lines.joined(separator: "\n"))
  }

  /// `150020` for 15.20.
  var serverVersion: Int { Int(libpq.PQserverVersion(handle)) }

  var isInTransaction: Bool { libpq.PQtransactionStatus(handle) == PQTRANS_INTRANS }

  /// A handle that can stop this connection's statement from another thread.
  func canceller() -> Canceller? {
    libpq.PQgetCancel(handle).map { Canceller(libpq: libpq, handle: $0) }
  }

  /// The SCRAM-SHA-256 verifier of `password`, so that the password itself never gets to the server.
  func scramVerifier(of password: Secret, for role: RoleName) throws -> Secret {
    guard let text = libpq.PQencryptPasswordConn(handle, password.reveal(), role.name, "scram-sha-256") else {
      throw connectionError()
    }
    defer { libpq.PQfreemem(text) }
    return Secret(String(cString: text))
  }
}

// MARK: - Statements

extension Connection {
  /// Runs one statement, with `parameters` for `$1`, `$2`, …
  ///
  /// - Returns: its rows, each column as text.
  /// - Throws: `ServerError`, or `CancellationError`.
  @discardableResult
  func query(_ statement: String, _ parameters: [String?] = []) throws -> [[String?]] {
    var rows: [[String?]] = []
    try send(statement, parameters, oneRowAtATime: false) { rows += self.rows(of: $0) }
    return rows
  }

  /// Runs one statement and throws its rows away as they come, however many there are.
  func execute(_ statement: String) throws {
    try send(statement, [], oneRowAtATime: true) { _ in }
  }

  /// Runs `body` in a transaction.
  func transaction<Result>(_ body: () throws -> Result) throws -> Result {
    try query("BEGIN")
    do {
      let result = try body()
      try query("COMMIT")
      return result
    } catch {
      // A broken connection has rolled back by itself.
      _ = try? send("ROLLBACK", [], oneRowAtATime: false, evenIfCancelled: true) { _ in }
      throw error
    }
  }

  /// The extended protocol takes one statement only: a second one hidden behind a semicolon is an error.
  private func send(
    _ statement: String, _ parameters: [String?], oneRowAtATime: Bool, evenIfCancelled: Bool = false,
    receive: (OpaquePointer) -> Void
  ) throws {
    if !evenIfCancelled { try Task.checkCancellation() }
    let sent = parameters.withOptionalCStrings { values in
      libpq.PQsendQueryParams(handle, statement, Int32(parameters.count), nil, values, nil, nil, 0)
    }
    guard sent == 1 else { throw connectionError() }
    if oneRowAtATime { _ = libpq.PQsetSingleRowMode(handle) }
    var failure: ServerError?
    while let result = libpq.PQgetResult(handle) {
      defer { libpq.PQclear(result) }
      switch libpq.PQresultStatus(result) {
      case PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE: receive(result)
      case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        // Nobody feeds or reads such a stream here, and until it ends PQgetResult would return it again.
        throw ServerError(
          state: .featureNotSupported, message: "COPY FROM STDIN and COPY TO STDOUT cannot be used here")
      default: failure = failure ?? error(of: result)
      }
    }
    if let failure {
      if failure.state == .queryCanceled, Task.isCancelled { throw CancellationError() }
      throw failure
    }
  }

  private func error(of result: OpaquePointer) -> ServerError {
    func field(_ code: Int32) -> String? { libpq.PQresultErrorField(result, code).map { String(cString: $0) } }
    guard let message = field(libpq_field_message) else { return connectionError() }
    return ServerError(state: field(libpq_field_sqlstate).map { SQLState($0) }, message: message)
  }

  private func rows(of result: OpaquePointer) -> [[String?]] {
    let columns = 0..<libpq.PQnfields(result)
    return (0..<libpq.PQntuples(result)).map { row in
      columns.map { column in
        guard libpq.PQgetisnull(result, row, column) == 0, let value = libpq.PQgetvalue(result, row, column) else {
          return nil
        }
        return String(cString: value)
      }
    }
  }
}

/// Stops a running statement.
///
/// `@unchecked Sendable`: libpq says that PQcancel may be called from any thread while the connection is in use, and
/// the handle is read only.
final class Canceller: @unchecked Sendable {
  private let libpq: libpq_functions
  private let handle: OpaquePointer

  fileprivate init(libpq: libpq_functions, handle: OpaquePointer) {
    self.libpq = libpq
    self.handle = handle
  }

  deinit { libpq.PQfreeCancel(handle) }

  /// Returns once the server has been told: the statement ends soon after, or has ended by then.
  func cancel() {
    var reason = [CChar](repeating: 0, count: 256)
    _ = libpq.PQcancel(handle, &reason, Int32(reason.count))
  }
}

extension String {
  /// As in libpq's `options`: a space would begin the next argument.
  fileprivate var escapingSpaces: String {
    reduce(into: "") { $0 += $1 == " " || $1 == "\\" ? "\\\($1)" : "\($1)" }
  }
}
