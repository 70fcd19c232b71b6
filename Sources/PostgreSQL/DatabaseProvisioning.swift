package import Core

/// A database that an app asks for.
package struct DatabaseRequest: Sendable, Hashable {
  /// As the manifest writes it: the key under which the app finds the real name.
  package var writtenName: String
  package var name: DatabaseName
  package var extensions: [ExtensionName]
  package var scripts: [String]
  package var isDistributed: Bool

  package init(
    writtenName: String, of instance: AppInstance, extensions: [ExtensionName] = [], scripts: [String] = [],
    isDistributed: Bool = false
  ) throws(Problem) {
    self.writtenName = writtenName
    name = try DatabaseName(database: writtenName, of: instance)
    self.extensions = extensions
    self.scripts = scripts
    self.isDistributed = isDistributed
  }
}

/// What to do about wishes that cannot be met as they are.
package struct ProvisioningPolicy: Sendable, Hashable {
  /// Go on without extensions that the server does not have.
  package var skipsUnavailable = false
  /// Refuse a distributed database where the server has no Citus.
  package var requiresDistributed = false
  /// Run what a manifest's scripts may not do as the app's role as the administrator.
  package var allowsSuperuserScripts = false

  package init() {}
}

/// What provisioning a database came to.
package struct DatabaseOutcome: Sendable, Hashable {
  package var outcome: Outcome
  /// What is not as the manifest asked for, each a line for people.
  package var warnings: [String] = []
}

extension AdminSession {
  /// What `provision(_:role:password:policy:)` would do, without doing it.
  ///
  /// - Throws: `Problem` `postgres-belongs-to-other` (77), `missing-extension` (69), `no-citus` (69),
  ///   `script-needs-superuser` (77) and `bad-script` (65) where the script's text tells.
  package func outcome(
    of request: DatabaseRequest, role: RoleRequest, policy: ProvisioningPolicy
  ) async throws -> DatabaseOutcome {
    let wishes = try await wishes(of: request, policy: policy)
    let state = try await channel.run("look up the database \(request.name)") { connection in
      _ = try connection.role(role)
      return try connection.database(request.name, of: role)
    }
    if !request.scripts.isEmpty {
      let digest = try await digest(of: request.scripts)
      if state?.record.scriptsDigest != digest {
        try foresee(request.scripts, in: request.name, as: role.name, policy: policy)
      }
    }
    guard let state else { return DatabaseOutcome(outcome: .created, warnings: wishes.warnings) }
    let isComplete = try await isComplete(request, state: state, wishes: wishes)
    return DatabaseOutcome(outcome: isComplete ? .unchanged : .changed, warnings: wishes.warnings)
  }

  /// Makes the database, or completes one that an earlier run left unfinished, with extensions and scripts.
  ///
  /// Until nobody but its role can connect to it, a new database has `CONNECTION LIMIT 0`.
  /// - Parameter password: of the role, which runs the manifest's scripts itself.
  /// - Throws: `Problem` `postgres-belongs-to-other` (77), `missing-extension` (69), `no-citus` (69), or what
  ///   a script came to.
  package func provision(
    _ request: DatabaseRequest, role: RoleRequest, password: Secret, policy: ProvisioningPolicy
  ) async throws -> DatabaseOutcome {
    try await locking(role.instance) {
      try await provisionLocked(request, role: role, password: password, policy: policy)
    }
  }

  private func provisionLocked(
    _ request: DatabaseRequest, role: RoleRequest, password: Secret, policy: ProvisioningPolicy
  ) async throws -> DatabaseOutcome {
    let wishes = try await wishes(of: request, policy: policy)
    let isNew = try await createClosed(request.name, role: role)
    let state = try await channel.run("look up the database \(request.name)") { connection in
      try connection.database(request.name, of: role)
    }
    guard let state else {
      throw Problem("no-such-database", .failed, "the database \(request.name) was dropped while it was prepared")
    }
    if try await isComplete(request, state: state, wishes: wishes) {
      return DatabaseOutcome(outcome: .unchanged, warnings: wishes.warnings)
    }
    var warnings = wishes.warnings
    // `CONNECTION LIMIT 0` keeps a lesser administrator out as well.
    let isSuperuser = try await channel.run("ask what \(endpoint.user) may do") { try $0.isSuperuser() }
    if !isSuperuser { try await open(request.name) }
    let inside = inDatabase(request.name)
    do {
      try await inside.create(wishes.extensions)
      await inside.close()
    } catch {
      await inside.close()
      throw error
    }
    if isSuperuser { try await open(request.name) }
    let digest = try await digest(of: request.scripts)
    if !request.scripts.isEmpty, state.record.scriptsDigest != digest {
      warnings += try await run(request.scripts, in: request.name, as: role.name, password: password, policy: policy)
    }
    try await write(
      DatabaseRecord(distributed: wishes.distributed, scriptsDigest: request.scripts.isEmpty ? nil : digest),
      replacing: state.record, for: request.name)
    return DatabaseOutcome(outcome: isNew ? .created : .changed, warnings: warnings)
  }

  private func createClosed(_ name: DatabaseName, role: RoleRequest) async throws -> Bool {
    try await channel.run("create the database \(name)") { connection in
      guard try connection.role(role) != nil else {
        throw Problem("no-such-role", .failed, "the role \(role.name) does not exist yet")
      }
      try connection.becomeMember(of: role.name)
      var existing = try connection.database(name, of: role)
      if existing?.isRemnant == true {
        try connection.query("DROP DATABASE \(name.quoted)")
        existing = nil
      }
      if existing == nil {
        do {
          try connection.query(
            "CREATE DATABASE \(name.quoted) OWNER \(role.name.quoted) TEMPLATE template0 ENCODING 'UTF8' "
              + "CONNECTION LIMIT 0")
        } catch let error as ServerError where error.state == .duplicateDatabase || error.state == .uniqueViolation {
          // Another app's, which has come first just now: this says whose.
          _ = try connection.database(name, of: role)
          throw error
        }
      }
      if existing?.isClosedToOthers != true {
        try connection.query("REVOKE CONNECT, TEMPORARY ON DATABASE \(name.quoted) FROM PUBLIC")
      }
      if existing?.acceptsConnections == false {
        try connection.query("ALTER DATABASE \(name.quoted) ALLOW_CONNECTIONS true")
      }
      return existing == nil
    }
  }

  private func open(_ name: DatabaseName) async throws {
    try await channel.run("open the database \(name)") { connection in
      _ = try connection.query("ALTER DATABASE \(name.quoted) IS_TEMPLATE false CONNECTION LIMIT -1")
    }
  }

  private func isComplete(_ request: DatabaseRequest, state: DatabaseState, wishes: Wishes) async throws -> Bool {
    guard state.isOpen, state.isClosedToOthers, state.record.distributed == wishes.distributed else { return false }
    let digest = request.scripts.isEmpty ? nil : try await digest(of: request.scripts)
    guard state.record.scriptsDigest == digest else { return false }
    if wishes.extensions.isEmpty { return true }
    let inside = inDatabase(request.name)
    let installed = try await inside.installedExtensions()
    await inside.close()
    return wishes.extensions.allSatisfy(installed.contains)
  }
}

/// How a database is now.
struct DatabaseState: Hashable {
  /// False while it is being made, and where its owner has closed it or made it a template.
  var isOpen: Bool { !isUnfinished && acceptsConnections && !isTemplate }
  /// Of a run that was cut off.
  let isUnfinished: Bool
  /// Its owner can set this to false, and then not even the administrator gets in.
  let acceptsConnections: Bool
  let isTemplate: Bool
  /// Left by a DROP DATABASE that was cut off: nothing but another one can be done with it.
  let isRemnant: Bool
  /// Whether PUBLIC can neither connect nor make temporary tables.
  let isClosedToOthers: Bool
  let record: DatabaseRecord
}

extension Connection {
  /// The state of the database; nil where it does not exist.
  /// - Throws: `Problem` `postgres-belongs-to-other` where it is not the role's.
  func database(_ name: DatabaseName, of role: RoleRequest) throws -> DatabaseState? {
    let rows = try query(
      """
      SELECT r.rolname, shobj_description(r.oid, 'pg_authid'), d.datconnlimit,
        NOT (has_database_privilege('public', d.oid, 'CONNECT') OR has_database_privilege('public', d.oid, 'TEMPORARY')),
        \(DatabaseRecord.selection), d.datallowconn, d.datistemplate
      FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
      WHERE d.datname = $1
      """, [name.name])
    guard let row = rows.first else { return nil }
    let ownership = Ownership(comment: row[1])
    guard ownership == Ownership(role.instance) else {
      throw Problem.belongsToOther("database", name.name, ownership, not: role.instance)
    }
    guard row[0] == role.name.name else {
      throw Problem(
        "postgres-belongs-to-other", .notPermitted,
        "the database \(name) belongs to \(row[0] ?? "another role"), another role of \(role.instance)",
        hint: "the user name in the manifest has changed: keep the old one, or drop the database first")
    }
    return DatabaseState(
      isUnfinished: row[2] == "0" || row[2] == "-2", acceptsConnections: row[5] == "t", isTemplate: row[6] == "t",
      isRemnant: row[2] == "-2", isClosedToOthers: row[3] == "t",
      record: DatabaseRecord(setting: row[4]))
  }
}
