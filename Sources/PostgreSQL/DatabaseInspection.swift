import Core

/// A database, with what is wrong about it as a whole.
struct InspectedDatabase: Hashable, Sendable {
  /// Nil for one that is no app's.
  let instance: AppInstance?
  let name: String
  /// Nil where there is no such role any more.
  let owner: String?
  let isOpen: Bool
  /// How many transactions ago its oldest row version, and its oldest group of lockers, was made.
  let age: Int
  let multixactAge: Int

  /// Half of the 2³¹ after which numbers would come round again. The server begins to clean up at a tenth of that, so
  /// whoever gets here is held up by something.
  static let greatestAge = 1 << 30

  var findings: [DatabaseFinding] {
    var findings: [DatabaseFinding] = []
    let oldest = max(age, multixactAge)
    if oldest > Self.greatestAge {
      findings.append(
        DatabaseFinding(
          .wraparound, instance, database: name,
          "\(name) has used \(oldest / ((1 << 31) / 100)) % of its transaction numbers",
          remedy: "end old transactions (SELECT * FROM pg_stat_activity ORDER BY xact_start; pg_prepared_xacts), "
            + "then as a superuser: vacuumdb --freeze --dbname \(name.isPlain ? name : "NAME")"))
    }
    if owner == nil {
      findings.append(
        DatabaseFinding(
          .ownerGone, instance, database: name, "the owner of the database \(name) does not exist any more",
          remedy: "as a superuser: ALTER DATABASE \(SQLText.identifier(name)) OWNER TO NAME"))
    }
    if let instance, !isOpen {
      let written = DatabaseName(reported: name).writtenName(in: instance)
      findings.append(
        DatabaseFinding(
          .unfinished, instance, database: name, "the database \(name) is not open",
          remedy: "finish it: olares-cli db create postgres \(instance.options) --name \(written); "
            + "or delete it: olares-cli db drop postgres \(instance.options) --name \(written)"))
    }
    return findings
  }
}

extension Connection {
  /// - Parameter comment: of one app's role; nil for all databases of the server.
  func inspectedDatabases(_ comment: String?) throws -> [InspectedDatabase] {
    let rows = try query(
      """
      SELECT shobj_description(d.datdba, 'pg_authid'), d.datname, r.rolname,
        d.datallowconn AND d.datconnlimit NOT IN (0, -2), age(d.datfrozenxid), mxid_age(d.datminmxid)
      FROM pg_database d LEFT JOIN pg_roles r ON r.oid = d.datdba
      WHERE $1::text IS NULL OR shobj_description(d.datdba, 'pg_authid') = $1
      ORDER BY d.datname
      """, [comment])
    return rows.map { row in
      InspectedDatabase(
        instance: Ownership(comment: row[0])?.instance, name: row[1] ?? "", owner: row[2], isOpen: row[3] == "t",
        age: row[4].flatMap { Int($0) } ?? 0, multixactAge: row[5].flatMap { Int($0) } ?? 0)
    }
  }

  /// Those that are not being built at this moment.
  func invalidIndexes(in database: InspectedDatabase) throws -> [DatabaseFinding] {
    let rows = try query(
      """
      SELECT n.nspname, c.relname
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT i.indisvalid AND c.relkind = 'i'
        AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p
          WHERE p.datname = current_database() AND p.index_relid = i.indexrelid)
      ORDER BY 1, 2
      """)
    return rows.map { row in
      let (schema, index) = (row[0] ?? "", row[1] ?? "")
      let options = database.instance?.options ?? ""
      let shell = "olares-cli db shell postgres \(options)"
      // The names are the tenant's, and somebody will paste this into a shell.
      let isPlain = schema.isPlain && index.isPlain
      return DatabaseFinding(
        .invalidIndex, database.instance, database: database.name,
        "the index \(schema.shortened(to: 63)).\(index.shortened(to: 63)) in \(database.name) is not valid",
        remedy: isPlain
          ? "\(shell) -- -c 'REINDEX INDEX CONCURRENTLY \(schema).\(index)'" : "rebuild or drop it: \(shell)")
    }
  }

  /// What in the app's database is neither its own nor part of the server or of an extension.
  func foreignObjects(in database: InspectedDatabase) throws -> [DatabaseFinding] {
    let rows = try query(
      """
      WITH own AS (SELECT datdba FROM pg_database WHERE datname = current_database()),
      object (class, oid, owner, kind, name) AS (
        SELECT 'pg_class'::regclass, oid, relowner, 'relation', relname::text FROM pg_class
          WHERE relkind NOT IN ('i', 'I', 't')
        UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, 'routine', proname FROM pg_proc
        UNION ALL SELECT 'pg_operator'::regclass, oid, oprowner, 'operator', oprname FROM pg_operator
        UNION ALL SELECT 'pg_type'::regclass, oid, typowner, 'type', typname FROM pg_type
          WHERE typrelid = 0 AND typcategory <> 'A' AND typtype <> 'm'
        UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner, 'schema', nspname FROM pg_namespace
          WHERE NOT starts_with(nspname, 'pg_')
        UNION ALL SELECT 'pg_largeobject'::regclass, oid, lomowner, 'large object', oid::text
          FROM pg_largeobject_metadata
        UNION ALL SELECT 'pg_event_trigger'::regclass, oid, evtowner, 'event trigger', evtname FROM pg_event_trigger
        UNION ALL SELECT 'pg_foreign_server'::regclass, oid, srvowner, 'server', srvname FROM pg_foreign_server
        UNION ALL SELECT 'pg_publication'::regclass, oid, pubowner, 'publication', pubname FROM pg_publication)
      SELECT r.rolname, count(*), string_agg(o.kind || ' ' || o.name, E'\\n' ORDER BY o.kind, o.name)
      FROM object o LEFT JOIN pg_roles r ON r.oid = o.owner
      WHERE o.oid >= 16384 AND o.owner <> (SELECT datdba FROM own)
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
      GROUP BY r.rolname ORDER BY r.rolname
      """)
    let owner = database.owner.map { SQLText.identifier($0) } ?? "NAME"
    return rows.map { row in
      let count = row[1].flatMap { Int($0) } ?? 0
      let examples = (row[2] ?? "").split(separator: "\n").prefix(3).map { String($0).shortened(to: 63) }
      let what =
        "\(count == 1 ? "an object" : "\(count) objects") in \(database.name) (\(examples.joined(separator: ", "))"
        + (count > examples.count ? ", …)" : ")")
      guard let stranger = row[0] else {
        return DatabaseFinding(
          .ownerGone, database.instance, database: database.name,
          "\(what) belong to a role that does not exist any more",
          remedy: "as a superuser, in \(database.name): ALTER … OWNER TO \(owner)")
      }
      return DatabaseFinding(
        .foreignObjects, database.instance, database: database.name,
        "\(what) belong to \(stranger.shortened(to: 63)), and not to the app",
        remedy: "look at them, then as a superuser, in \(database.name): ALTER … OWNER TO \(owner); or drop them")
    }
  }
}

extension String {
  /// Letters of an identifier that needs no quotes, neither in SQL nor in a shell.
  fileprivate var isPlain: Bool { wholeMatch(of: #/[a-z_][a-z0-9_]*/#) != nil }
}
