package import YAML

/// `middleware`: the servers whose resources the app asks for.
package struct Middleware: Sendable {
  package var postgres: PostgreSQLRequest?
  package var redis: RedisRequest?
  package var mongodb: MongoDBRequest?
  /// Every other kind, in the order of the manifest.
  package var others: [OtherRequest] = []
}

/// `middleware.postgres`
package struct PostgreSQLRequest: Sendable {
  /// The key `postgres`.
  package var place: Place
  /// The real role's name is made of it; `postgres` where the manifest names none.
  package var username: Located<String>
  /// Where the manifest sets a password. It is public knowledge and therefore not kept.
  package var publicPassword: Place?
  package var databases: [Database]

  package struct Database: Sendable {
    package var name: Located<String>
    package var extensions: [Located<String>]
    /// Statements, in order, with `$databasename` and `$dbusername` not yet replaced.
    package var scripts: [Located<String>]
    /// Where the manifest asks for a distributed database (Citus); nil where it does not.
    package var distributed: Place?

    package var isDistributed: Bool { distributed != nil }
  }
}

/// `middleware.redis`
package struct RedisRequest: Sendable {
  package var place: Place
  package var namespace: Located<String>
  package var publicPassword: Place?
}

/// `middleware.mongodb`
package struct MongoDBRequest: Sendable {
  package var place: Place
  package var username: Located<String>
  package var publicPassword: Place?
  package var databases: [Database]

  package struct Database: Sendable {
    package var name: Located<String>
    package var scripts: [Located<String>]
  }
}

/// A kind of middleware of which only the names matter here.
package struct OtherRequest: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case mysql, mariadb, minio, rabbitmq, nats, elasticsearch, clickHouse, argo, zincSearch
  }

  package var kind: Kind
  package var place: Place
  package var username: Located<String>?
  package var publicPassword: Place?
  /// Of its databases, buckets, vhosts, subjects or indexes.
  package var names: [Located<String>]
}
