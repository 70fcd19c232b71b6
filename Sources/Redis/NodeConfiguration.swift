package import Core
import RedisNamespaces
package import SystemPackage

/// The configuration of one node of a Redis Cluster that `prepare` sets up (redis.conf(5), redis.io "Configuration").
package struct NodeConfiguration: Sendable {
  /// The user that olares-cli itself logs in as.
  package static let adminUser = "olares"
  /// The user that replicas copy from their master as.
  package static let replicationUser = "olares-replica"

  package var port: UInt16
  /// Other nodes talk to each other here.
  package var busPort: UInt16
  /// Addresses to listen on; apps of other machines need more than loopback.
  package var addresses: [String] = ["127.0.0.1"]
  /// Append-only file, cluster state and ACL file live here.
  package var directory: FilePath
  /// Nil: no limit but the machine's.
  package var maximumMemory: ByteCount?
  /// What replicas log in with; the same on every node of a cluster.
  package var replicationPassword: Secret

  package init(port: UInt16, directory: FilePath, replicationPassword: Secret) {
    self.port = port
    // Redis' own rule, while it fits: a port above 55535 has its bus below instead.
    busPort = port <= UInt16.max - 10_000 ? port + 10_000 : port - 10_000
    self.directory = directory
    self.replicationPassword = replicationPassword
  }

  package var aclFile: FilePath { directory.appending("users.acl") }

  /// The text of redis.conf. It holds the replication password: mode 0600.
  package var text: String {
    let limit = maximumMemory.map { "maxmemory \($0.bytes)\n" } ?? ""
    return """
      # Written by olares-cli prepare, which replaces it.
      bind \(addresses.map(Self.quoted).joined(separator: " "))
      protected-mode yes
      port \(port)
      tcp-keepalive 60
      daemonize no
      dir \(Self.quoted(directory.string))

      cluster-enabled yes
      cluster-port \(busPort)
      cluster-config-file nodes.conf
      cluster-node-timeout 5000
      # A namespace whose slot is served goes on when other slots are not.
      cluster-require-full-coverage no

      # Users are in a file of their own, so that ACL SAVE keeps the namespaces' users over a restart.
      aclfile \(Self.quoted(aclFile.string))
      masteruser \(Self.replicationUser)
      masterauth \(Self.quoted(replicationPassword.reveal()))

      # At most the last second is lost in a power cut. The append-only file alone is read at start.
      appendonly yes
      appendfsync everysec
      save ""
      # A new replica is usable at once; with a delay, a master that dies early cannot fail over.
      repl-diskless-sync yes
      repl-diskless-sync-delay 0

      # Data is never dropped to make room: writes fail instead.
      maxmemory-policy noeviction
      \(limit)lazyfree-lazy-user-del yes
      lazyfree-lazy-expire yes
      enable-debug-command no
      enable-module-command no
      enable-protected-configs no

      """
  }

  /// The users that a new node starts with: nobody without a password, the administrator, and the replicas. `ACL SAVE`
  /// adds the namespaces' users to this file later, so it is written only where there is none.
  ///
  /// The default user, whom nobody can log in as, is permitted everything: Redis reads its append-only file as that user,
  /// and what transactions and scripts wrote would be refused, and lost, at the next start.
  package static func initialUsers(administrator: Secret, replication: Secret) -> String {
    """
    user default reset off ~* &* +@all
    user \(adminUser) reset on #\(PasswordHash(of: administrator).hexadecimal) ~* &* +@all
    user \(replicationUser) reset on #\(PasswordHash(of: replication).hexadecimal) -@all +psync +replconf +ping

    """
  }

  /// A word of redis.conf in double quotes, as its reader (`sdssplitargs`) takes them apart.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += "\\" + String(UnicodeScalar(byte))
      case 0x20..<0x7f: quoted.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let hexadecimal = String(byte, radix: 16)
        quoted += "\\x" + (hexadecimal.count == 1 ? "0" : "") + hexadecimal
      }
    }
    return quoted + "\""
  }
}
