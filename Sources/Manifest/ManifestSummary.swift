package import Core

/// What an app asks for, in the form that scripts get.
package struct ManifestSummary: Sendable, Encodable {
  package let app: String
  package let title: String
  package let version: String
  package let manifestVersion: String?
  package let type: String
  package let apiVersion: String
  package let storage: Storage
  package let postgres: PostgreSQL?
  package let redis: Redis?
  package let mongodb: MongoDB?
  package let otherMiddleware: [Other]
  package let dependencies: [Dependency]
  package let resources: [String: String]

  package struct Storage: Sendable, Encodable {
    package let appData: Bool
    package let appCache: Bool
    package let appCommon: Bool
    package let externalData: Bool
    package let userData: [String]
  }

  package struct PostgreSQL: Sendable, Encodable {
    package let username: String
    package let hasPublicPassword: Bool
    package let databases: [Database]

    package struct Database: Sendable, Encodable {
      package let name: String
      package let extensions: [String]
      package let scripts: [String]
      package let distributed: Bool
    }
  }

  package struct Redis: Sendable, Encodable {
    package let namespace: String
    package let hasPublicPassword: Bool
  }

  package struct MongoDB: Sendable, Encodable {
    package let username: String
    package let hasPublicPassword: Bool
    package let databases: [String]
  }

  package struct Other: Sendable, Encodable {
    package let kind: String
    package let names: [String]
  }

  package struct Dependency: Sendable, Encodable {
    package let name: String
    package let version: String
    package let type: String
    package let mandatory: Bool
  }

  package init(_ manifest: AppManifest) {
    app = manifest.metadata.name.value.name
    title = manifest.metadata.title
    version = manifest.metadata.version.value
    manifestVersion = manifest.version
    type = manifest.type.rawValue
    apiVersion = manifest.apiVersion.rawValue
    let permission = manifest.permission
    storage = Storage(
      appData: permission.appData != nil, appCache: permission.appCache != nil, appCommon: permission.appCommon != nil,
      externalData: permission.externalData != nil, userData: permission.userData.map(\.value.description))
    postgres = manifest.middleware.postgres.map { request in
      PostgreSQL(
        username: request.username.value, hasPublicPassword: request.publicPassword != nil,
        databases: request.databases.map {
          PostgreSQL.Database(
            name: $0.name.value, extensions: $0.extensions.map(\.value), scripts: $0.scripts.map(\.value),
            distributed: $0.isDistributed)
        })
    }
    redis = manifest.middleware.redis.map {
      Redis(namespace: $0.namespace.value, hasPublicPassword: $0.publicPassword != nil)
    }
    mongodb = manifest.middleware.mongodb.map {
      MongoDB(
        username: $0.username.value, hasPublicPassword: $0.publicPassword != nil,
        databases: $0.databases.map(\.name.value))
    }
    otherMiddleware = manifest.middleware.others.map { Other(kind: $0.kind.rawValue, names: $0.names.map(\.value)) }
    dependencies = manifest.options.dependencies.map {
      Dependency(name: $0.name.value, version: $0.version, type: $0.type, mandatory: $0.isMandatory)
    }
    resources = manifest.spec.quantities.mapValues(\.value.description)
  }

  /// For people: part and detail, only what is asked for.
  package var table: Table {
    var rows: [[String]] = []
    if storage.appData { rows.append(["storage", "appData"]) }
    if storage.appCache { rows.append(["storage", "appCache"]) }
    if storage.appCommon { rows.append(["storage", "appCommon"]) }
    if storage.externalData { rows.append(["storage", "externalData"]) }
    rows += storage.userData.map { ["storage", "userData \($0)"] }
    if let postgres {
      rows.append(["postgres", "role \(postgres.username)" + publicPasswordNote(postgres.hasPublicPassword)])
      for database in postgres.databases {
        rows.append(["postgres", "database \(database.name)" + (database.distributed ? ", distributed" : "")])
        rows += database.extensions.map { ["postgres", "  extension \($0)"] }
        rows += database.scripts.map { ["postgres", "  script \($0)"] }
      }
    }
    if let redis {
      rows.append(["redis", "namespace \(redis.namespace)" + publicPasswordNote(redis.hasPublicPassword)])
    }
    if let mongodb {
      rows.append(["mongodb", "user \(mongodb.username)" + publicPasswordNote(mongodb.hasPublicPassword)])
      rows += mongodb.databases.map { ["mongodb", "database \($0)"] }
    }
    rows += otherMiddleware.map { [$0.kind, $0.names.joined(separator: ", ")] }
    rows += dependencies.map { ["needs", "\($0.type) \($0.name) \($0.version)" + ($0.mandatory ? ", mandatory" : "")] }
    rows += resources.sorted { $0.key < $1.key }.map { ["resources", "\($0.key) \($0.value)"] }
    return Table(["PART", "ASKS FOR"], rows: rows)
  }

  private func publicPasswordNote(_ isThere: Bool) -> String {
    isThere ? " (the manifest's password is public and not used)" : ""
  }
}
