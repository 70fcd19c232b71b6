import Apps
import Core
import PostgreSQL
import Redis
import Storage

extension Rendering {
  /// A binding with its passwords, for output that was asked for.
  init(binding: AppBinding) {
    let values = HelmValues(binding)
    self.init(values, table: { _, _ in "" }, environment: { binding.environment }, helmValues: { values })
  }
}

extension AppBinding {
  /// The names are upper case, and what the manifest calls a database or namespace is part of its variable's name.
  fileprivate var environment: [(name: String, value: String)] {
    var variables: [(name: String, value: String)] = []
    func add(_ name: String, _ value: String?) {
      if let value { variables.append((name: name, value: value)) }
    }
    add("USERSPACE_USER_DATA", storage?.userspace.userData)
    add("USERSPACE_APP_DATA", storage?.userspace.appData)
    add("USERSPACE_APP_CACHE", storage?.userspace.appCache)
    add("USERSPACE_APP_COMMON", storage?.userspace.appCommon)
    add("SHARED_LIB", storage?.sharedlib)
    if let postgres {
      add("POSTGRES_HOST", postgres.host)
      add("POSTGRES_PORT", "\(postgres.port)")
      add("POSTGRES_USERNAME", postgres.username)
      add("POSTGRES_PASSWORD", postgres.password.reveal())
      add("POSTGRES_SSLMODE", postgres.sslMode?.rawValue)
      for (name, real) in postgres.databases.sorted(by: { $0.key < $1.key }) {
        add("POSTGRES_DATABASE_\(name.asVariableName)", real)
      }
    }
    for (name, redis) in redis.sorted(by: { $0.key < $1.key }) {
      let root = self.redis.count == 1 ? "REDIS" : "REDIS_\(name.asVariableName)"
      add("\(root)_HOST", redis.host)
      add("\(root)_PORT", "\(redis.port)")
      add("\(root)_USERNAME", redis.username)
      add("\(root)_PASSWORD", redis.password.reveal())
      add("\(root)_PREFIX", redis.prefix)
      add("\(root)_NAMESPACE_\(name.asVariableName)", redis.namespaces[name])
    }
    return variables
  }
}

extension String {
  /// Upper case, with `_` for what a variable's name cannot have.
  fileprivate var asVariableName: String {
    String(uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }
}
