package import Core
package import PostgreSQL
package import RedisNamespaces
package import Storage

/// What one app instance is to have, from its manifest or from flags.
package struct AppRequest: Sendable {
  package let instance: AppInstance
  /// Of the app, for people; nil where flags ask.
  package var version: String?
  package var storage: GrantTerms
  package var postgres: PostgreSQLWish?
  package var redis: [NamespaceWish]
  /// Asked for, but not part of this data layer.
  package var unavailable: [UnavailableNeed]
  /// Where the manifest asks for what, to point at when it cannot be had.
  package var places: Places
  /// Whether this is all that the app is to have, as a manifest says it, or only some of it, as flags do.
  package var isWhole: Bool

  package struct PostgreSQLWish: Sendable {
    /// As the manifest writes it; the real role's name is made of it.
    package var username: String
    package var databases: [DatabaseRequest]
    package var limits: RoleLimits

    package init(username: String, databases: [DatabaseRequest], limits: RoleLimits = RoleLimits()) {
      self.username = username
      self.databases = databases
      self.limits = limits
    }
  }

  package struct NamespaceWish: Sendable {
    package var name: NamespaceName
    /// Over all slots instead of one of its own.
    package var isSpread: Bool

    package init(name: NamespaceName, isSpread: Bool = false) {
      self.name = name
      self.isSpread = isSpread
    }
  }

  package struct Places: Sendable {
    package var extensions: [ExtensionName: SourceLocation] = [:]
    package init() {}
  }

  package init(
    _ instance: AppInstance, version: String? = nil, storage: GrantTerms = GrantTerms(),
    postgres: PostgreSQLWish? = nil, redis: [NamespaceWish] = [], unavailable: [UnavailableNeed] = [],
    places: Places = Places(), isWhole: Bool = false
  ) {
    self.instance = instance
    self.version = version
    self.storage = storage
    self.postgres = postgres
    self.redis = redis
    self.unavailable = unavailable
    self.places = places
    self.isWhole = isWhole
  }

  package var isEmpty: Bool { storage.isEmpty && postgres == nil && redis.isEmpty }
}

/// Middleware that a manifest asks for and this data layer does not provide.
package struct UnavailableNeed: Sendable, Hashable, CustomStringConvertible {
  /// The manifest's key, such as `mongodb`.
  package let kind: String
  /// The databases, buckets, … it wants.
  package let names: [String]
  package let location: SourceLocation?

  package init(kind: String, names: [String], location: SourceLocation?) {
    self.kind = kind
    self.names = names
    self.location = location
  }

  package var description: String { names.isEmpty ? kind : "\(kind) (\(names.joined(separator: ", ")))" }
}
