package import Core

/// Where a PostgreSQL server is, and as whom to log in.
package struct PostgreSQLEndpoint: Sendable, Hashable, CustomStringConvertible {
  /// How much TLS to insist on (PostgreSQL manual, 34.19.3).
  package enum SSLMode: String, Sendable, CaseIterable {
    case disable, allow, prefer, require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
  }

  /// A host name, an address, or the absolute path of the directory with the server's socket.
  package var host: String
  package var port: UInt16
  package var user: String
  /// Nil where the server knows us otherwise, as by the account on its socket.
  package var password: Secret?
  package var database: String
  package var sslMode: SSLMode
  /// The certificates to trust under `verify-ca` and `verify-full`; libpq's own place when nil.
  package var rootCertificate: String?

  package init(
    host: String, port: UInt16 = 5432, user: String, password: Secret? = nil, database: String = "postgres",
    sslMode: SSLMode = .prefer, rootCertificate: String? = nil
  ) {
    self.host = host
    self.port = port
    self.user = user
    self.password = password
    self.database = database
    self.sslMode = sslMode
    self.rootCertificate = rootCertificate
  }

  /// `host:port`, for messages.
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The same server, for somebody else.
  package func login(user: String, password: Secret?, database: String) -> PostgreSQLEndpoint {
    var copy = self
    copy.user = user
    copy.password = password
    copy.database = database
    return copy
  }

  /// The same server and user in another database.
  package func inDatabase(_ database: String) -> PostgreSQLEndpoint {
    login(user: user, password: password, database: database)
  }
}
