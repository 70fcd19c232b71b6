package import Core

/// What an app needs to reach its databases.
package struct PostgreSQLBinding: Sendable, Hashable {
  package let host: String
  package let port: UInt16
  package let username: String
  package let password: Secret
  /// By the names that the manifest uses, the real ones.
  package let databases: [String: String]

  /// - Parameters:
  ///   - username: the role's real name.
  ///   - databases: from the names that the manifest uses to the real ones.
  package init(host: String, port: UInt16, username: String, password: Secret, databases: [String: String]) {
    self.host = host
    self.port = port
    self.username = username
    self.password = password
    self.databases = databases
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
