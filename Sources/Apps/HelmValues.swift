import Configuration
import Core
package import PostgreSQL
import Redis
package import Storage

/// The values that the charts of Olares read (`.Values.…`), as far as they are about the data layer.
package struct HelmValues: Sendable, Encodable {
  package struct User: Sendable, Encodable {
    package let username: String
  }

  package let bfl: User
  package let userspace: StorageBinding.Userspace?
  package let sharedlib: String?
  package let rootPath: String
  /// `fs` or `jfs`.
  package let fs_type: String
  package let postgres: RevealedPostgreSQLBinding?
  package let redis: RedisValues?

  /// `.Values.redis`, with what a client needs beyond it where no proxy rewrites its keys.
  package struct RedisValues: Sendable, Encodable {
    package let host: String
    package let port: UInt16
    package let username: String
    package let password: String
    package let prefix: String
    /// From the name in the manifest to the real name.
    package let namespaces: [String: String]
  }

  package init(_ binding: AppBinding) {
    bfl = User(username: binding.instance.owner.name)
    userspace = binding.storage?.userspace
    sharedlib = binding.storage?.sharedlib
    rootPath = binding.installation.root
    fs_type = binding.installation.fileSystem.rawValue
    postgres = binding.postgres?.revealed()
    // A chart has one password for Redis, so it can have one namespace: the first by name.
    redis = binding.redis.min { $0.key < $1.key }.map { _, redis in
      RedisValues(
        host: redis.host, port: redis.port, username: redis.username, password: redis.password.reveal(),
        prefix: redis.prefix, namespaces: redis.namespaces)
    }
  }
}
