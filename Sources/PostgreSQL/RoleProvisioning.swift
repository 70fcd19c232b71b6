package import Core

/// What a provisioning step did.
package enum Outcome: String, Sendable, Encodable {
  case created, changed, unchanged
}

/// The role that an app logs in as.
package struct RoleRequest: Sendable, Hashable {
  package var name: RoleName
  package var instance: AppInstance
  package var limits: RoleLimits

  package init(name: RoleName, instance: AppInstance, limits: RoleLimits = RoleLimits()) {
    self.name = name
    self.instance = instance
    self.limits = limits
  }
}

extension AdminSession {
  /// What `provision(_:password:)` would do to the role, without doing it.
  /// - Parameter adopting: whether a role that was left behind may be taken over.
  /// - Throws: `Problem` `postgres-belongs-to-other` (77) where the name is taken by another app or owner;
  ///   `left-behind` (77).
  package func outcome(of request: RoleRequest, adopting: Bool = false) async throws -> Outcome {
    try await channel.run("look up the role \(request.name)") { connection in
      guard let role = try connection.role(request) else { return .created }
      if !role.mayLogIn, !adopting { throw Problem.leftBehind(request.name, of: request.instance) }
      let isLimited = request.limits.isMet(by: try connection.limits(of: request.name))
      return role == RoleAttributes() && isLimited ? .unchanged : .changed
    }
  }

  /// Makes the role, or brings its attributes back to what they should be. The password of a role that is in use is
  /// not changed: `rotate` does that. One that was left behind has none, and gets `password`.
  ///
  /// - Parameter adopting: whether a role that was left behind may be taken over, with all that it owns.
  /// - Throws: `Problem` `postgres-belongs-to-other` (77), `left-behind` (77).
  package func provision(_ request: RoleRequest, password: Secret, adopting: Bool = false) async throws -> Outcome {
    try await locking(request.instance) {
      try await channel.run("create the role \(request.name)") { connection in
        let existing = try connection.role(request)
        let isLimited = request.limits.isMet(by: try connection.limits(of: request.name))
        if existing == RoleAttributes(), isLimited { return .unchanged }
        if existing?.mayLogIn == false, !adopting { throw Problem.leftBehind(request.name, of: request.instance) }
        try connection.secretTransaction {
          if existing == nil {
            let verifier = try connection.scramVerifier(of: password, for: request.name)
            try connection.query(
              "CREATE ROLE \(request.name.quoted) \(RoleAttributes.clauses) "
                + "CONNECTION LIMIT \((request.limits.connections ?? .usual).setting) PASSWORD \(SQLText.literal(verifier.reveal()))"
            )
            // In the same transaction, so that no role of ours is ever without its owner.
            try connection.query(
              "COMMENT ON ROLE \(request.name.quoted) IS \(SQLText.literal(Ownership(request.instance).comment))")
          } else if let existing, !existing.mayLogIn {
            let verifier = try connection.scramVerifier(of: password, for: request.name)
            try connection.query(
              "ALTER ROLE \(request.name.quoted) \(existing.clausesToMend) "
                + "PASSWORD \(SQLText.literal(verifier.reveal()))")
          } else if let existing, existing != RoleAttributes() {
            try connection.query("ALTER ROLE \(request.name.quoted) \(existing.clausesToMend)")
          }
          if !isLimited { try connection.set(request.limits, of: request.name) }
        }
        return existing == nil ? .created : .changed
      }
    }
  }

  /// Gives the app's role a new password. Sessions that are logged in stay so.
  /// - Throws: `Problem` `no-such-role` (66), `postgres-belongs-to-other` (77), `left-behind` (77).
  package func rotate(_ name: RoleName, of instance: AppInstance, to password: Secret) async throws {
    let request = RoleRequest(name: name, instance: instance)
    try await channel.run("change the password of \(name)") { connection in
      guard let role = try connection.role(request) else {
        throw Problem("no-such-role", .noInput, "PostgreSQL at \(connection.endpoint) has no role \(name)")
      }
      guard role.mayLogIn else { throw Problem.leftBehind(name, of: instance) }
      let verifier = try connection.scramVerifier(of: password, for: name)
      try connection.secretTransaction {
        try connection.query("ALTER ROLE \(name.quoted) PASSWORD \(SQLText.literal(verifier.reveal()))")
      }
    }
  }

  /// Closes the app's role: nobody can log in as it any more, its password is gone and its sessions end. What it owns
  /// stays as it is; `provision` with `adopting` opens it again.
  /// - Throws: `Problem` `no-such-role` (66), `postgres-belongs-to-other` (77).
  package func suspend(_ name: RoleName, of instance: AppInstance) async throws {
    try await locking(instance) {
      try await channel.run("close the role \(name)") { connection in
        guard try connection.role(RoleRequest(name: name, instance: instance)) != nil else {
          throw Problem("no-such-role", .noInput, "PostgreSQL at \(connection.endpoint) has no role \(name)")
        }
        try connection.query("ALTER ROLE \(name.quoted) NOLOGIN PASSWORD NULL")
        try connection.query(
          """
          SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
          WHERE usesysid = (SELECT oid FROM pg_roles WHERE rolname = $1)
          """, [name.name])
      }
    }
  }

  /// Whether nobody is or can be logged in as the app's role; nil where it does not exist.
  /// - Throws: `Problem` `postgres-belongs-to-other` (77).
  package func isSuspended(_ name: RoleName, of instance: AppInstance) async throws -> Bool? {
    try await channel.run("look up the role \(name)") { connection in
      guard let role = try connection.role(RoleRequest(name: name, instance: instance)) else { return nil }
      if role.mayLogIn { return false }
      let sessions = try connection.query(
        "SELECT FROM pg_stat_activity WHERE usesysid = (SELECT oid FROM pg_roles WHERE rolname = $1) LIMIT 1",
        [name.name])
      return sessions.isEmpty
    }
  }

  /// - Throws: `Problem` `left-behind` (77) where the app's role is closed, `postgres-belongs-to-other` (77).
  package func insistOnOpen(_ name: RoleName, of instance: AppInstance) async throws {
    try await channel.run("look up the role \(name)") { connection in
      guard try connection.role(RoleRequest(name: name, instance: instance))?.mayLogIn != false else {
        throw Problem.leftBehind(name, of: instance)
      }
    }
  }

  /// Drops the app's role; one that does not exist is fine.
  /// - Returns: whether there was one.
  /// - Throws: `Problem` `postgres-belongs-to-other` (77), or `role-still-owns` (77) while it owns a database.
  @discardableResult
  package func drop(_ name: RoleName, of instance: AppInstance) async throws -> Bool {
    let request = RoleRequest(name: name, instance: instance)
    return try await locking(instance) {
      guard try await channel.run("look up the role \(name)", { try $0.role(request) != nil }) else { return false }
      try await revokeGrants(to: name)
      return try await channel.run("drop the role \(name)") { connection in
        do {
          try connection.query("DROP ROLE \(name.quoted)")
        } catch let error as ServerError where error.state == .dependentObjects {
          throw Problem(
            "role-still-owns", .notPermitted, "the role \(name) still owns databases or objects in them",
            hint:
              "drop its databases first: olares-cli db list postgres --app \(instance.app) --owner \(instance.owner)")
        }
        return true
      }
    }
  }

  /// Whether `password` is the role's. A refused connection to a database that the role may not enter comes after the
  /// password was checked, so no database of the role's own is needed.
  package func accepts(_ password: Secret, of name: RoleName) async throws -> Bool {
    let tenant = Channel(
      to: endpoint.login(user: name.name, password: password, database: endpoint.database), settings: [])
    do {
      try await tenant.run("log in as \(name)") { _ in }
      await tenant.close()
      return true
    } catch let problem as Problem {
      switch problem.code {
      case "postgres-authentication-failed": return false
      case "postgres-not-permitted", "postgres-too-many-connections": return true
      default: throw problem
      }
    }
  }
}

/// What a role can do, as pg_authid has it.
struct RoleAttributes: Hashable {
  /// False for the role of an app that was removed: it is kept for what it owns.
  var mayLogIn = true
  /// Without it a database's owner could not create anything in its schema public, which belongs to the implicit group
  /// pg_database_owner.
  var inherits = true
  /// Any of SUPERUSER, CREATEDB, CREATEROLE, REPLICATION, BYPASSRLS.
  var hasPower = false

  static let clauses = "LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

  /// Only a superuser may name the powers of a role, even to say that it has none.
  var clausesToMend: String { hasPower ? Self.clauses : "LOGIN INHERIT" }
}

extension Connection {
  /// The attributes of the role; nil where it does not exist.
  /// - Throws: `Problem` `postgres-belongs-to-other` for anybody else's.
  func role(_ request: RoleRequest) throws -> RoleAttributes? {
    let rows = try query(
      """
      SELECT shobj_description(oid, 'pg_authid'), rolcanlogin, rolinherit,
        rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
      FROM pg_roles WHERE rolname = $1
      """, [request.name.name])
    guard let row = rows.first else { return nil }
    let ownership = Ownership(comment: row[0])
    guard ownership == Ownership(request.instance) else {
      throw Problem.belongsToOther("role", request.name.name, ownership, not: request.instance)
    }
    return RoleAttributes(mayLogIn: row[1] == "t", inherits: row[2] == "t", hasPower: row[3] == "t")
  }
}

extension Problem {
  /// The role is one whose app was removed, and who asks now may be somebody else.
  static func leftBehind(_ role: RoleName, of instance: AppInstance) -> Problem {
    Problem(
      "left-behind", .notPermitted,
      "the PostgreSQL role \(role) with its databases was left behind when \(instance) was removed",
      hint: "take it over, with everything: olares-cli app apply CHART --owner \(instance.owner) --adopt",
      "take over its databases: olares-cli db create postgres --app \(instance.app) --owner \(instance.owner) "
        + "--name NAME --adopt",
      "delete it: olares-cli app remove \(instance.app) --owner \(instance.owner) --delete-data")
  }
}
