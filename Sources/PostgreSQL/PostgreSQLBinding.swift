package import Core

/// What an app needs to reach its databases.
package struct PostgreSQLBinding: Sendable, Hashable {
  package let host: String
  package let port: UInt16
  package let username: String
  package let password: Secret
  /// By the names that the manifest uses, the real ones.
  package let databases: [String: String]

  package init(
    endpoint: PostgreSQLEndpoint, role: RoleName, password: Secret, databases: [String: DatabaseName]
  ) {
    host = endpoint.host
    port = endpoint.port
    username = role.name
    self.password = password
    self.databases = databases.mapValues(\.name)
  }

  /// The URL of one database, with the password in it: for output that was asked for, and nothing else.
  package func revealedURL(of database: String) -> String? {
    databases[database].map { name in
      let host = host.contains(":") ? "[\(host)]" : host
      return "postgres://\(username):\(password.reveal())@\(host):\(port)/\(name)"
    }
  }

  /// What charts read as `.Values.postgres`, with the password in it: for output that was asked for, and nothing else.
  package func revealed() -> RevealedPostgreSQLBinding {
    RevealedPostgreSQLBinding(
      host: host, port: port, username: username, password: password.reveal(), databases: databases)
  }
}

/// A binding whose password is readable.
package struct RevealedPostgreSQLBinding: Sendable, Encodable {
  package let host: String
  package let port: UInt16
  package let username: String
  package let password: String
  package let databases: [String: String]
}
