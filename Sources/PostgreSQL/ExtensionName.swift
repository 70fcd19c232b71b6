package import Core

/// An extension by the name that `CREATE EXTENSION` knows.
package struct ExtensionName: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let name: String

  /// - Parameter written: as in the manifest, where some go by their project's name.
  /// - Throws: `Problem` `bad-name` (bad data).
  package init(_ written: String) throws(Problem) {
    let lower = written.lowercased()
    let isName = lower.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(byte)
    }
    guard (1...63).contains(lower.utf8.count), isName else {
      throw Problem(
        "bad-name", .badData, "\"\(written.shortened(to: 80))\" is not the name of a PostgreSQL extension",
        hint: "for example pg_trgm, vector or uuid-ossp")
    }
    name = Self.aliases[lower] ?? lower
  }

  /// A name that the server itself reported.
  init(reported name: String) { self.name = name }

  package var description: String { name }
  package static func < (left: ExtensionName, right: ExtensionName) -> Bool { left.name < right.name }
  var quoted: String { SQLText.identifier(name) }

  static let citus = ExtensionName(reported: "citus")

  /// As Olares resolves them (tapr), and the names by which users look for them.
  private static let aliases = [
    "pgvector": "vector", "pgvecto.rs": "vectors", "vectorchord": "vchord", "uuid_ossp": "uuid-ossp",
  ]

  /// What to install where the extension is missing, for a server of that major version; nil where Debian has no
  /// package.
  func debianPackage(forServer major: Int) -> String? {
    if let special = Self.packages[name] { return "postgresql-\(major)-\(special)" }
    return Self.contrib.contains(name) ? "postgresql-\(major)" : nil
  }

  /// Debian bookworm, `apt-cache search postgresql-15-`.
  private static let packages = [
    "vector": "pgvector", "postgis": "postgis-3", "postgis_topology": "postgis-3", "postgis_raster": "postgis-3",
    "postgis_sfcgal": "postgis-3", "postgis_tiger_geocoder": "postgis-3", "hll": "hll", "pg_cron": "cron",
    "pgrouting": "pgrouting", "ip4r": "ip4r", "pg_partman": "partman", "pgtap": "pgtap", "hypopg": "hypopg",
    "pg_repack": "repack", "rum": "rum", "pgaudit": "pgaudit", "orafce": "orafce", "semver": "semver",
    "pg_similarity": "similarity", "pg_rational": "rational", "numeral": "numeral", "pgq": "pgq3",
  ]

  private static let contrib: Set<String> = [
    "amcheck", "bloom", "btree_gin", "btree_gist", "citext", "cube", "dblink", "dict_int", "dict_xsyn",
    "earthdistance", "file_fdw", "fuzzystrmatch", "hstore", "intarray", "isn", "lo", "ltree", "pg_buffercache",
    "pg_stat_statements", "pg_trgm", "pgcrypto", "pgrowlocks", "pgstattuple", "postgres_fdw", "seg", "tablefunc",
    "tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp", "xml2",
  ]
}
