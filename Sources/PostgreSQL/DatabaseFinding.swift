package import Core

/// Something about PostgreSQL that needs somebody to act.
package struct DatabaseFinding: Sendable, Hashable {
  /// In the order in which they should be looked at.
  package enum Kind: String, Sendable, CaseIterable {
    case damagedPages = "damaged-pages"
    case wraparound
    case powerfulRole = "powerful-role"
    case membership
    case openDatabase = "open-database"
    case foreignObjects = "foreign-objects"
    case ownerGone = "owner-gone"
    case databaseWithoutSecret = "database-without-secret"
    case secretWithoutDatabase = "secret-without-database"
    case unfinished
    case roleWithoutDatabase = "role-without-database"
    case invalidIndex = "invalid-index"
    case unreadable
    case noChecksums = "no-checksums"
  }

  package let kind: Kind
  package let instance: AppInstance?
  package let database: String?
  package let message: String
  /// The command that mends it, or what to do.
  package let remedy: String

  init(_ kind: Kind, _ instance: AppInstance?, database: String? = nil, _ message: String, remedy: String) {
    self.kind = kind
    self.instance = instance
    self.database = database
    self.message = message
    self.remedy = remedy
  }

  /// Why it matters.
  package var reason: String {
    switch kind {
    case .damagedPages: "data on disk is not what was written, and what was in these pages may be lost"
    case .wraparound: "when transaction numbers run out, the server refuses all writes"
    case .powerfulRole: "an app that is broken into can then reach every app's data"
    case .membership: "the app has the rights of that role as well"
    case .openDatabase: "apps can enter a database that is not theirs, and read what is readable for everybody there"
    case .foreignObjects: "the app cannot change them, and functions of a stronger role may run with its rights"
    case .ownerGone: "nobody but a superuser can change or drop it"
    case .databaseWithoutSecret: "the app cannot be given its password again, and app apply refuses to go on"
    case .secretWithoutDatabase: "the app is told of something that is not there; its data may be lost"
    case .unfinished: "a run that made or dropped it was cut off, or its owner has closed it; the app cannot enter it"
    case .roleWithoutDatabase: "it can log in, and nobody needs it"
    case .invalidIndex: "it takes room and time with every write, and no query uses it"
    case .unreadable: "what is wrong inside it cannot be told"
    case .noChecksums: "damage on disk goes unnoticed until it is in every backup"
    }
  }
}

/// What our own record says an app has.
package struct AccountOnRecord: Sendable, Hashable {
  package let role: String
  /// Real names.
  package let databases: Set<String>

  package init(role: String, databases: Set<String>) {
    self.role = role
    self.databases = databases
  }
}

extension AppInstance {
  /// As options of the verbs about databases.
  var options: String { "--app \(app) --owner \(owner)" }
}
