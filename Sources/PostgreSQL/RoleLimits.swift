package import Core

/// What an app's role may take of the server. Nil is what nobody asked for: it stays as it is.
package struct RoleLimits: Sendable, Hashable {
  package var connections: ConnectionLimit?
  package var statementTimeout: StatementTimeout?

  package init(connections: ConnectionLimit? = nil, statementTimeout: StatementTimeout? = nil) {
    self.connections = connections
    self.statementTimeout = statementTimeout
  }

  /// Whether `present` is already what is asked for.
  func isMet(by present: RoleLimits) -> Bool {
    (connections == nil || connections == present.connections)
      && (statementTimeout == nil || statementTimeout == present.statementTimeout)
  }
}

/// How many connections a role may have at a time. The server enforces it.
package struct ConnectionLimit: Sendable, Hashable, CustomStringConvertible {
  /// Nil where only the server's own limit counts.
  package let number: Int?

  package static let none = ConnectionLimit(number: nil)
  /// What a new role gets, as in Olares.
  package static let usual = ConnectionLimit(number: 30)

  private init(number: Int?) { self.number = number }

  /// - Throws: `Problem` `bad-limit` (usage) if the text is neither `none`, 0 nor 1 to 10000.
  package init(_ text: String) throws(Problem) {
    guard let number = text == "none" ? 0 : Int(text), (0...10_000).contains(number) else {
      throw Problem(
        "bad-limit", .usage, "\"\(text.shortened(to: 40))\" is not a number of connections",
        hint: "1 to 10000, or none")
    }
    self.number = number == 0 ? nil : number
  }

  /// As `rolconnlimit` has it: -1 for none.
  init(reported number: Int) { self.number = number < 0 ? nil : number }

  var setting: Int { number ?? -1 }
  package var description: String { number.map { "\($0)" } ?? "none" }
}

/// How long a statement of a role may run. A tenant can lift it for itself, so it is a guard against mistakes only.
package struct StatementTimeout: Sendable, Hashable, CustomStringConvertible {
  /// 0 for none.
  package let milliseconds: Int

  package static let none = StatementTimeout(milliseconds: 0)

  private init(milliseconds: Int) { self.milliseconds = milliseconds }

  /// - Throws: `Problem` `bad-timeout` (usage) if the text is neither `none`, 0 nor a number with a unit, or is longer
  ///   than PostgreSQL can count.
  package init(_ text: String) throws(Problem) {
    guard let timeout = Self(text == "none" ? "0" : text, unitless: text == "none" || text == "0") else {
      throw Problem(
        "bad-timeout", .usage, "\"\(text.shortened(to: 40))\" is not a time",
        hint: "a number with ms, s, min, h or d, for example 30s; or none")
    }
    self = timeout
  }

  /// As the server has it, where the unit may be missing and means milliseconds; nil for what is not understood.
  init?(reported text: String) {
    guard let timeout = Self(text, unitless: true) else { return nil }
    self = timeout
  }

  private init?(_ text: String, unitless: Bool) {
    guard let match = text.wholeMatch(of: #/(?<number>[0-9]{1,10}) ?(?<unit>ms|s|min|h|d)?/#),
      let number = Int(match.number), match.unit != nil || unitless
    else { return nil }
    let unit =
      switch match.unit {
      case "s": 1000
      case "min": 60_000
      case "h": 3_600_000
      case "d": 86_400_000
      default: 1
      }
    guard number <= Int(Int32.max) / unit else { return nil }
    milliseconds = number * unit
  }

  var setting: String { "\(milliseconds)ms" }

  /// In the largest unit that it is a whole number of, as `--statement-timeout` takes it.
  package var description: String {
    if milliseconds == 0 { return "none" }
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000)]
    where milliseconds % length == 0 { return "\(milliseconds / length)\(unit)" }
    return setting
  }
}

extension AdminSession {
  /// Changes the limits of an app's role. The connection limit counts from the next connection on, the timeout for
  /// sessions that begin afterwards.
  ///
  /// - Throws: `Problem` `no-such-role` (66), `postgres-belongs-to-other` (77).
  package func setLimits(
    _ limits: RoleLimits, of role: RoleName, instance: AppInstance, dryRun: Bool = false
  ) async throws -> Outcome {
    try await locking(instance) {
      try await channel.run("change the limits of \(role)") { connection in
        guard try connection.role(RoleRequest(name: role, instance: instance)) != nil else {
          throw Problem("no-such-role", .noInput, "PostgreSQL at \(connection.endpoint) has no role \(role)")
        }
        if limits.isMet(by: try connection.limits(of: role)) { return .unchanged }
        if !dryRun { try connection.transaction { try connection.set(limits, of: role) } }
        return .changed
      }
    }
  }
}

extension RoleLimits {
  /// Column expressions for a query with `pg_roles r`.
  static let selection = """
    r.rolconnlimit, (SELECT substr(setting, 19) FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
      WHERE s.setdatabase = 0 AND s.setrole = r.oid AND starts_with(setting, 'statement_timeout='))
    """

  /// What `selection` gave.
  init(reported connections: String?, _ statementTimeout: String?) {
    self.connections = ConnectionLimit(reported: connections.flatMap { Int($0) } ?? -1)
    self.statementTimeout = statementTimeout.map { StatementTimeout(reported: $0) } ?? StatementTimeout.none
  }
}

extension Connection {
  func limits(of role: RoleName) throws -> RoleLimits {
    let row = try query("SELECT \(RoleLimits.selection) FROM pg_roles r WHERE r.rolname = $1", [role.name]).first
    return RoleLimits(reported: row?[0], row?[1])
  }

  func set(_ limits: RoleLimits, of role: RoleName) throws {
    if let connections = limits.connections {
      try query("ALTER ROLE \(role.quoted) CONNECTION LIMIT \(connections.setting)")
    }
    switch limits.statementTimeout {
    case nil: break
    case StatementTimeout.none: try query("ALTER ROLE \(role.quoted) RESET statement_timeout")
    case .some(let timeout): try query("ALTER ROLE \(role.quoted) SET statement_timeout TO '\(timeout.setting)'")
    }
  }
}
