package import Core

/// What an app needs to reach its databases.
package struct PostgreSQLBinding: Sendable, Hashable {
  package let host: String
  package let port: UInt16
  package let username: String
  package let password: Secret
  /// By the names that the manifest uses, the real ones.
  package let databases: [String: String]
  /// How much TLS to insist on; nil for the client's default. The certificates to trust are not the app's to find here:
  /// it may run where this machine's files are not.
  package let sslMode: PostgreSQLEndpoint.SSLMode?

  /// - Parameters:
  ///   - username: the role's real name.
  ///   - databases: from the names that the manifest uses to the real ones.
  package init(
    host: String, port: UInt16, username: String, password: Secret, databases: [String: String],
    sslMode: PostgreSQLEndpoint.SSLMode? = nil
  ) {
    self.host = host
    self.port = port
    self.username = username
    self.password = password
    self.databases = databases
    self.sslMode = sslMode
  }

  /// The URL of one database, with the password in it: for output that was asked for, and nothing else.
  package func revealedURL(of database: String) -> String? {
    databases[database].map { name in
      let host = host.contains(":") ? "[\(host)]" : host
      return "postgres://\(username):\(password.reveal())@\(host):\(port)/\(name)"
        + (sslMode.map { "?sslmode=\($0.rawValue)" } ?? "")
    }
  }

  /// What charts read as `.Values.postgres`, with the password in it: for output that was asked for, and nothing else.
  package func revealed() -> RevealedPostgreSQLBinding {
    RevealedPostgreSQLBinding(
      host: host, port: port, username: username, password: password.reveal(), databases: databases,
      sslmode: sslMode?.rawValue)
  }
}

/// A binding whose password is readable.
package struct RevealedPostgreSQLBinding: Sendable, Encodable {
  package let host: String
  package let port: UInt16
  package let username: String
  package let password: String
  package let databases: [String: String]
  /// Not among Olares' own values, and only where it is known.
  package let sslmode: String?
}
