package import Core
package import Manifest
import PostgreSQL
import RedisNamespaces
import Storage
import YAML

extension AppRequest {
  /// What `manifest` asks for on behalf of `owner`.
  /// - Throws: `Problem` (bad data) that points at what cannot be a name here.
  package init(_ manifest: AppManifest, for owner: Owner) throws(Problem) {
    let instance = AppInstance(app: manifest.metadata.name.value, owner: owner)
    self.init(
      instance, version: manifest.metadata.version.value,
      storage: try GrantTerms(manifest.permission, shape: manifest.type == .middleware ? .middleware : .app),
      isWhole: true)
    if let asked = manifest.middleware.postgres {
      var databases: [DatabaseRequest] = []
      for database in asked.databases {
        var extensions: [ExtensionName] = []
        for written in database.extensions {
          let name = try locating(written) { value throws(Problem) in try ExtensionName(value) }
          extensions.append(name)
          places.extensions[name] = written.location
        }
        databases.append(
          try locating(database.name) { value throws(Problem) in
            try DatabaseRequest(
              writtenName: value, of: instance, extensions: extensions, scripts: database.scripts.map(\.value),
              isDistributed: database.isDistributed)
          })
      }
      postgres = PostgreSQLWish(username: asked.username.value, databases: databases)
    }
    if let asked = manifest.middleware.redis {
      redis = [
        NamespaceWish(name: try locating(asked.namespace) { value throws(Problem) in try NamespaceName(value) })
      ]
    }
    if let asked = manifest.middleware.mongodb {
      unavailable.append(
        UnavailableNeed(
          kind: "mongodb", names: asked.databases.map(\.name.value), location: asked.place.location))
    }
    unavailable += manifest.middleware.others.map {
      UnavailableNeed(kind: $0.kind.rawValue, names: $0.names.map(\.value), location: $0.place.location)
    }
  }
}

extension GrantTerms {
  fileprivate init(_ permission: Permission, shape: Shape) throws(Problem) {
    var userData: [Storage.UserDataPath] = []
    for path in permission.userData {
      userData.append(try locating(path) { value throws(Problem) in try Storage.UserDataPath("\(value)") })
    }
    self.init(
      userData: userData, appData: permission.appData != nil, appCache: permission.appCache != nil,
      appCommon: permission.appCommon != nil, externalData: permission.externalData != nil, shape: shape)
  }
}

/// Makes a type of what the manifest writes; what is wrong with it points at the place and is bad data, not bad usage.
private func locating<Written, Value>(
  _ written: Located<Written>, _ parse: (Written) throws(Problem) -> Value
) throws(Problem) -> Value {
  do {
    return try parse(written.value)
  } catch {
    var problem = error
    problem.location = written.location
    if problem.exitStatus == .usage { problem.exitStatus = .badData }
    throw problem
  }
}
