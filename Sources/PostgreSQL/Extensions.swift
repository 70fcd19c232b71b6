import Core

/// What a server can do of what a database asks for.
struct Wishes: Sendable {
  /// In the order in which they can be created.
  var extensions: [ExtensionName]
  var distributed: DatabaseRecord.Distribution?
  var warnings: [String]
}

extension AdminSession {
  /// - Throws: `Problem` `missing-extension` (69) or `no-citus` (69), as `policy` says.
  func wishes(of request: DatabaseRequest, policy: ProvisioningPolicy) async throws -> Wishes {
    let asked = request.extensions + (request.isDistributed ? [.citus] : [])
    let missing = try await missingExtensions(of: asked)
    var wishes = Wishes(extensions: asked.filter { !missing.keys.contains($0) }, distributed: nil, warnings: [])
    if request.isDistributed {
      wishes.distributed = missing.keys.contains(.citus) ? .pending : .active
      if wishes.distributed == .pending {
        if policy.requiresDistributed { throw try await noCitus() }
        wishes.warnings.append(
          "\(request.name) is to be distributed, and PostgreSQL at \(endpoint) has no Citus: it is a plain database for now"
        )
      }
    }
    for name in request.extensions {
      guard let cause = missing[name] else { continue }
      guard policy.skipsUnavailable else { throw try await missingExtension(name, because: cause) }
      wishes.warnings.append("extension \(name) is not available on PostgreSQL at \(endpoint): skipped")
    }
    for (name, cause) in try await refusedExtensions(of: wishes.extensions, in: request.name) {
      guard policy.skipsUnavailable else { throw refusedExtension(name, because: cause, in: request.name) }
      wishes.extensions.removeAll { $0 == name }
      wishes.warnings.append("extension \(name) can only be created by a superuser: skipped")
    }
    return wishes
  }

  /// Those that this account may not create in `database`, each with the one that takes a superuser: itself or one that
  /// it needs. What is there already is not among them.
  private func refusedExtensions(
    of names: [ExtensionName], in database: DatabaseName
  ) async throws -> [(name: ExtensionName, cause: ExtensionName)] {
    if names.isEmpty { return [] }
    let rows: [[String?]] = try await channel.run("look up extensions") { connection in
      if try connection.isSuperuser() { return [] }
      return try connection.query(
        """
        WITH RECURSIVE \(Self.neededWithAsked)
        SELECT n.asked, n.name, EXISTS (SELECT FROM pg_database WHERE datname = $2 AND datconnlimit NOT IN (0, -2))
        FROM needed n
        JOIN pg_available_extensions e ON e.name = n.name
        JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
        WHERE v.superuser AND NOT v.trusted
        """, ["{\(names.map(\.quoted).joined(separator: ","))}", database.name])
    }
    guard rows.first?[2] == "t" else { return rows.map { Self.pair($0) } }
    let inside = inDatabase(database)
    let installed = try await inside.installedExtensions()
    await inside.close()
    return rows.map { Self.pair($0) }.filter { !installed.contains($0.cause) }
  }

  private static func pair(_ row: [String?]) -> (name: ExtensionName, cause: ExtensionName) {
    (ExtensionName(reported: row[0] ?? ""), ExtensionName(reported: row[1] ?? ""))
  }

  /// A recursive query: the extensions in `$1`, each with itself and all that it needs.
  private static let neededWithAsked = """
    needed (asked, name) AS (
      SELECT asked, asked FROM unnest($1::name[]) AS asked
      UNION
      SELECT n.asked, r.name FROM needed n
      JOIN pg_available_extensions e ON e.name = n.name
      JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
      CROSS JOIN unnest(v.requires) AS r (name))
    """

  private func refusedExtension(
    _ asked: ExtensionName, because cause: ExtensionName, in database: DatabaseName
  ) -> Problem {
    let needs = cause == asked ? "" : ", because it needs \"\(cause)\""
    return Problem(
      "extension-needs-superuser", .notPermitted,
      "extension \"\(asked)\" can only be created by a superuser, and \(endpoint.user) is none\(needs)",
      hint: "go on without it: --skip-unavailable",
      "then have a superuser create it in \(database): CREATE EXTENSION \(cause.quoted); and run the command again")
  }

  /// Those that the server cannot create, each with the one that is really missing: itself or one that it needs.
  package func missingExtensions(of names: [ExtensionName]) async throws -> [ExtensionName: ExtensionName] {
    if names.isEmpty { return [:] }
    let rows = try await channel.run("look up extensions") { connection in
      try connection.query(
        """
        WITH RECURSIVE \(Self.neededWithAsked)
        SELECT n.asked, n.name FROM needed n
        WHERE NOT EXISTS (SELECT FROM pg_available_extensions e WHERE e.name = n.name)
        """, ["{\(names.map(\.quoted).joined(separator: ","))}"])
    }
    var missing: [ExtensionName: ExtensionName] = [:]
    for row in rows {
      guard let asked = row[0], let absent = row[1] else { continue }
      missing[ExtensionName(reported: asked)] = ExtensionName(reported: absent)
    }
    return missing
  }

  func installedExtensions() async throws -> Set<ExtensionName> {
    try await channel.run("list the extensions of \(endpoint.database)") { connection in
      let rows = try connection.query("SELECT extname FROM pg_extension")
      return Set(rows.compactMap { $0[0].map { ExtensionName(reported: $0) } })
    }
  }

  private func missingExtension(_ asked: ExtensionName, because cause: ExtensionName) async throws -> Problem {
    let version = try await serverVersion()
    let needs = cause == asked ? "" : ", because it needs \"\(cause)\""
    let package = cause.debianPackage(forServer: version.major)
    return Problem(
      "missing-extension", .unavailable,
      "extension \"\(asked)\" is not available on PostgreSQL \(version) at \(endpoint)\(needs)",
      hint: package.map { "install the package \($0), where the distribution has it" }
        ?? "install \(cause) for PostgreSQL \(version.major) on the server",
      "go on without it: --skip-unavailable")
  }

  private func noCitus() async throws -> Problem {
    Problem(
      "no-citus", .unavailable, "PostgreSQL \(try await serverVersion()) at \(endpoint) has no Citus",
      hint: "install Citus on the server",
      "take a plain database for now: leave out --require-distributed")
  }

  /// Creates what is not there yet. This session is in the database that they are for.
  ///
  /// An extension's script runs as superuser, and names in it may be looked up in a schema where the tenant can put
  /// functions of its own. So a script runs in a new schema that only we can write, and the finished extension
  /// is moved to `public`, where apps expect it. One that cannot be moved, or that needs another one which is in the
  /// tenant's reach, is only created while no function or operator of the tenant's could be taken for one of its own.
  /// A lesser administrator can move none, since what is in an extension belongs to a superuser all the same.
  func create(_ names: [ExtensionName]) async throws {
    if names.isEmpty { return }
    try await channel.run("create extensions in \(endpoint.database)") { connection in
      let needed = try connection.neededExtensions(for: names)
      if needed.isEmpty { return }
      try connection.transaction {
        guard try connection.isSuperuser() else {
          for extension_ in needed { try connection.create(extension_, in: nil) }
          return
        }
        let workshop = SQLText.identifier("olares_\(Secret.random().reveal().prefix(16))")
        try connection.query("CREATE SCHEMA \(workshop)")
        for extension_ in needed { try connection.create(extension_, in: workshop) }
        for extension_ in needed where extension_.isMovable {
          try connection.query("ALTER EXTENSION \(extension_.name.quoted) SET SCHEMA public")
        }
        try connection.query("DROP SCHEMA \(workshop)")
      }
    }
  }
}

/// An extension that is to be created, as its control file describes it.
private struct NeededExtension {
  let name: ExtensionName
  let isRelocatable: Bool
  /// The one schema that it can be in; nil where there is a choice.
  let fixedSchema: String?

  var isMovable: Bool { isRelocatable && fixedSchema == nil }
}

extension Connection {
  /// Those of `names` that are not installed, and what they need, each behind what it needs.
  fileprivate func neededExtensions(for names: [ExtensionName]) throws -> [NeededExtension] {
    let rows = try query(
      """
      WITH RECURSIVE needed (name, depth) AS (
        SELECT name, 0 FROM unnest($1::name[]) AS name
        UNION
        SELECT r.name, n.depth + 1 FROM needed n
        JOIN pg_available_extensions e ON e.name = n.name
        JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
        CROSS JOIN unnest(v.requires) AS r (name)
        WHERE n.depth < 16)
      SELECT e.name, v.relocatable, v.schema
      FROM (SELECT name, max(depth) AS depth FROM needed GROUP BY name) n
      JOIN pg_available_extensions e ON e.name = n.name AND e.installed_version IS NULL
      JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
      ORDER BY n.depth DESC, e.name
      """, ["{\(names.map(\.quoted).joined(separator: ","))}"])
    return rows.map { row in
      NeededExtension(
        name: ExtensionName(reported: row[0] ?? ""), isRelocatable: row[1] == "t", fixedSchema: row[2])
    }
  }

  /// - Parameter workshop: nil to make it where it is to be.
  fileprivate func create(_ needed: NeededExtension, in workshop: String?) throws {
    if let schema = needed.fixedSchema {
      try insistOnTrustedSchema(schema, for: needed.name)
      try insistOnTrustedRoutines(for: needed.name, in: schema)
      try query("CREATE EXTENSION \(needed.name.quoted)")
    } else if let workshop, needed.isRelocatable {
      try insistOnTrustedRoutines(for: needed.name, in: nil)
      try query("CREATE EXTENSION \(needed.name.quoted) SCHEMA \(workshop)")
    } else {
      try insistOnTrustedRoutines(for: needed.name, in: "public")
      try query("CREATE EXTENSION \(needed.name.quoted) SCHEMA public")
    }
  }

  private func insistOnTrustedSchema(_ schema: String, for name: ExtensionName) throws {
    let rows = try query(
      """
      SELECT FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
      WHERE n.nspname = $1 AND n.nspname <> 'public' AND NOT r.rolsuper
      """, [schema])
    guard rows.isEmpty else {
      throw Problem(
        "untrusted-schema", .notPermitted,
        "extension \"\(name)\" needs the schema \(schema), which the app has made itself in \(endpoint.database)",
        hint: "rename that schema in the database, then run the command again")
    }
  }

  /// Looks at the schemas that the script's names are looked up in beside the workshop: the one it is made in, and those
  /// of the extensions that it needs. A tenant can create a trusted extension where it likes, and add routines of its
  /// own to it; those of the extension itself belong to a superuser.
  private func insistOnTrustedRoutines(for name: ExtensionName, in place: String?) throws {
    let rows = try query(
      """
      WITH searched AS (
        SELECT oid FROM pg_namespace WHERE nspname = $2
        UNION
        SELECT x.extnamespace FROM pg_available_extensions e
        JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
        JOIN pg_extension x ON x.extname = ANY (v.requires)
        WHERE e.name = $1)
      SELECT object FROM (
        SELECT proname::text AS object, pronamespace AS schema, proowner AS owner FROM pg_proc
        UNION ALL
        SELECT oprname::text, oprnamespace, oprowner FROM pg_operator) o
      WHERE schema IN (SELECT oid FROM searched) AND NOT (SELECT rolsuper FROM pg_roles r WHERE r.oid = o.owner)
      ORDER BY object LIMIT 3
      """, [name.name, place])
    guard rows.isEmpty else {
      let objects = rows.compactMap { $0[0]?.shortened(to: 40) }.joined(separator: ", ")
      throw Problem(
        "untrusted-schema", .notPermitted,
        "extension \"\(name)\" cannot be created safely: its script could call the app's own functions or operators",
        hint: "move them to a schema of their own in \(endpoint.database) for the time being: \(objects)")
    }
  }
}
