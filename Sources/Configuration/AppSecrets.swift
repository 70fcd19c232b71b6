package import Core

/// What one app instance was given and needs again: its passwords, and the names its manifest knows its resources by,
/// since the servers know only the real ones.
package struct AppSecrets: Codable, Sendable, Equatable {
  package var postgres: PostgreSQLAccount?
  /// By the namespace's name in the manifest.
  package var redis: [String: RedisAccount]

  package struct PostgreSQLAccount: Codable, Sendable, Equatable {
    /// The role's real name.
    package var username: String
    package var password: StoredSecret
    /// Name in the manifest → real name.
    package var databases: [String: String]

    package init(username: String, password: Secret, databases: [String: String] = [:]) {
      self.username = username
      self.password = StoredSecret(password)
      self.databases = databases
    }
  }

  package struct RedisAccount: Codable, Sendable, Equatable {
    package var password: StoredSecret

    package init(password: Secret) { self.password = StoredSecret(password) }
  }

  package init(postgres: PostgreSQLAccount? = nil, redis: [String: RedisAccount] = [:]) {
    self.postgres = postgres
    self.redis = redis
  }

  package var isEmpty: Bool { postgres == nil && redis.isEmpty }
}

/// A secret as it stands in a file that only root can read: encoding it is the one way that writes it out.
package struct StoredSecret: Codable, Sendable, Equatable {
  package let secret: Secret

  package init(_ secret: Secret) { self.secret = secret }

  package init(from decoder: any Decoder) throws {
    secret = Secret(try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(secret.reveal())
  }
}
