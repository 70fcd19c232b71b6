package import Core
package import SystemPackage

/// The configuration of a PostgreSQL server that `prepare` sets up.
package struct ServerSettings: Sendable, Hashable {
  package var port: UInt16
  /// Addresses to listen on; the loopback unless others are to reach the server.
  package var listenAddresses: [String]
  /// Networks beside the loopback from which roles may log in, as `10.0.0.0/8`.
  package var clientNetworks: [String]
  package var adminRole: String
  /// Where the server puts its socket; nil for none.
  package var socketDirectory: FilePath?
  /// The machine's memory. The server shares it with Redis, the apps and the file cache.
  package var memory: ByteCount
  /// Libraries that some extensions need at start, such as `citus`.
  package var preloadedLibraries: [String]

  package init(
    port: UInt16 = 5432, listenAddresses: [String] = ["127.0.0.1"], clientNetworks: [String] = [],
    adminRole: String = "postgres", socketDirectory: FilePath?, memory: ByteCount, preloadedLibraries: [String] = []
  ) {
    self.port = port
    self.listenAddresses = listenAddresses
    self.clientNetworks = clientNetworks
    self.adminRole = adminRole
    self.socketDirectory = socketDirectory
    self.memory = memory
    self.preloadedLibraries = preloadedLibraries
  }

  /// Each app may use 30 connections, but few do: a connection that idles costs about 2 MB.
  package var maximumConnections: Int { (memory.bytes / Self.mebibyte / 32).clamped(to: 100...1000) }

  /// The settings in order, by PostgreSQL's names.
  package var parameters: [(name: String, value: String)] {
    let mebibytes = memory.bytes / Self.mebibyte
    let megabytes = { (share: Int, range: ClosedRange<Int>) in "\((mebibytes / share).clamped(to: range))MB" }
    return [
      ("listen_addresses", listenAddresses.joined(separator: ",")),
      ("port", "\(port)"),
      ("unix_socket_directories", socketDirectory?.string ?? ""),
      ("max_connections", "\(maximumConnections)"),
      ("superuser_reserved_connections", "5"),
      ("password_encryption", "scram-sha-256"),
      ("shared_preload_libraries", preloadedLibraries.joined(separator: ",")),
      // An eighth, and not the usual quarter of a machine that has nothing else to do.
      ("shared_buffers", megabytes(8, 64...8192)),
      ("effective_cache_size", megabytes(2, 128...65_536)),
      ("maintenance_work_mem", megabytes(64, 32...1024)),
      // A query may use this several times, and many may run at once.
      ("work_mem", megabytes(2048, 4...64)),
      // Base backups and points in time need it.
      ("wal_level", "replica"),
      ("wal_compression", "on"),
      ("max_wal_size", "2GB"),
      // Statements of apps carry their data and passwords, and a failing one would be logged as well; TERSE leaves out
      // DETAIL and QUERY, which quote them.
      ("log_statement", "none"),
      ("log_min_error_statement", "panic"),
      ("log_min_duration_statement", "-1"),
      ("log_error_verbosity", "terse"),
      ("log_parameter_max_length", "0"),
      ("log_parameter_max_length_on_error", "0"),
      ("log_line_prefix", "%m [%p] %q%u@%d "),
      ("log_timezone", "Etc/UTC"),
      ("timezone", "Etc/UTC"),
      ("lc_messages", "C"),
      ("lc_monetary", "C.UTF-8"),
      ("lc_numeric", "C.UTF-8"),
      ("lc_time", "C.UTF-8"),
      ("default_text_search_config", "pg_catalog.english"),
    ]
  }

  private static let mebibyte = 1 << 20
}

extension ServerSettings {
  /// `postgresql.conf`, whole: what is not in it has PostgreSQL's default. Files in `conf.d` come after it.
  package var postgresqlConf: String {
    let lines = parameters.map { "\($0.name) = '\($0.value.replacing("'", with: "''"))'" }
    return """
      # Written by olares-cli; your own settings go into a file in conf.d, whose name ends in .conf.
      \(lines.joined(separator: "\n"))
      include_dir = 'conf.d'

      """
  }

  /// `pg_hba.conf`: a password (SCRAM) for everybody. On the socket, which has no network, root and the server's own
  /// account may be the administrator without one: both can read the data files anyway, and it is the way back in when
  /// the administrator's password is lost.
  package var pgHbaConf: String {
    let admin = SQLText.identifier(adminRole)
    var lines = [
      "local   all          \(admin)  peer map=olares",
      "local   all          all  scram-sha-256",
    ]
    for network in ["127.0.0.1/32", "::1/128"] + clientNetworks {
      lines.append("host    all          all  \(network)  scram-sha-256")
      lines.append("host    replication  \(admin)  \(network)  scram-sha-256")
    }
    return "# Written by olares-cli.\n" + lines.joined(separator: "\n") + "\n"
  }

  /// `pg_ident.conf`: the accounts of the system behind `map=olares`.
  /// - Parameter account: the one that the server runs as.
  package func pgIdentConf(account: String) -> String {
    let accounts = account == "root" ? ["root"] : ["root", account]
    return "# Written by olares-cli.\n"
      + accounts.map { "olares  \($0)  \(SQLText.identifier(adminRole))\n" }.joined()
  }
}

extension Int {
  fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
