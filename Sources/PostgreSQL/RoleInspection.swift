import Core

/// A role of an app, with what it should not have.
struct InspectedRole: Hashable, Sendable {
  let instance: AppInstance
  let name: String
  /// False for one that was left behind.
  let mayLogIn: Bool
  /// SUPERUSER and others.
  let powers: String
  /// The roles whose rights it has.
  let memberships: [String]
  let ownsDatabases: Bool

  var findings: [DatabaseFinding] {
    var findings: [DatabaseFinding] = []
    let quoted = SQLText.identifier(name)
    if !powers.isEmpty {
      let none = powers.split(separator: " ").map { "NO\($0)" }.joined(separator: " ")
      findings.append(
        DatabaseFinding(
          .powerfulRole, instance, "the role \(name) has \(powers)",
          remedy: "as a superuser: ALTER ROLE \(quoted) \(none)"))
    }
    for group in memberships {
      findings.append(
        DatabaseFinding(
          .membership, instance, "the role \(name) is a member of \(group.shortened(to: 63))",
          remedy: "as a superuser: REVOKE \(SQLText.identifier(group.shortened(to: 63))) FROM \(quoted)"))
    }
    if !ownsDatabases {
      findings.append(
        DatabaseFinding(
          .roleWithoutDatabase, instance, "the role \(name) has no database",
          remedy: "olares-cli db drop postgres \(instance.options)"))
    }
    return findings
  }
}

extension Connection {
  /// - Parameter comment: of one app's role; nil for all of ours.
  func inspectedRoles(_ comment: String?) throws -> [InspectedRole] {
    let rows = try query(
      """
      SELECT shobj_description(r.oid, 'pg_authid'), r.rolname, r.rolcanlogin,
        concat_ws(' ', CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
          CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
          CASE WHEN rolbypassrls THEN 'BYPASSRLS' END),
        (SELECT string_agg(g.rolname, E'\\n' ORDER BY g.rolname)
          FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid),
        EXISTS (SELECT FROM pg_database d WHERE d.datdba = r.oid)
      FROM pg_roles r
      WHERE starts_with(shobj_description(r.oid, 'pg_authid'), '{')
        AND ($1::text IS NULL OR shobj_description(r.oid, 'pg_authid') = $1)
      ORDER BY r.rolname
      """, [comment])
    return rows.compactMap { row in
      guard let instance = Ownership(comment: row[0])?.instance, let name = row[1] else { return nil }
      return InspectedRole(
        instance: instance, name: name, mayLogIn: row[2] == "t", powers: row[3] ?? "",
        memberships: (row[4] ?? "").split(separator: "\n").map(String.init), ownsDatabases: row[5] == "t")
    }
  }

  /// Databases that app roles may enter without being theirs: granted to PUBLIC, or to a role by its name.
  func openDatabases(_ comment: String?) throws -> [DatabaseFinding] {
    let rows = try query(
      """
      SELECT d.datname, shobj_description(d.datdba, 'pg_authid'), g.rolname
      FROM pg_database d
        CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
        LEFT JOIN pg_roles g ON g.oid = a.grantee
      WHERE a.privilege_type = 'CONNECT' AND d.datallowconn AND a.grantee <> d.datdba
        AND (a.grantee = 0 OR starts_with(shobj_description(a.grantee, 'pg_authid'), '{'))
        AND ($1::text IS NULL OR $1 IN (shobj_description(d.datdba, 'pg_authid'),
          shobj_description(a.grantee, 'pg_authid')))
      ORDER BY d.datname, g.rolname
      """, [comment])
    return rows.map { row in
      let name = row[0] ?? ""
      let instance = Ownership(comment: row[1])?.instance
      let statements =
        row[2].map { "REVOKE ALL ON DATABASE \(SQLText.identifier(name)) FROM \(SQLText.identifier($0))" }
        ?? closingStatements(for: name)
      return DatabaseFinding(
        .openDatabase, instance, database: name,
        row[2].map { "the role \($0) may enter the database \(name)" } ?? "every role may enter the database \(name)",
        remedy: "as its owner or a superuser: \(statements)")
    }
  }
}
