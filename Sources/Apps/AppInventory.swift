package import Core
import PostgreSQL
import Redis
import RedisNamespaces
import Storage

/// What all app instances have, asked of the disk and of the servers themselves.
package struct AppInventory: Sendable {
  package let entries: [Entry]
  /// The parts that could not be asked; `entries` lacks what they hold.
  package let failures: [Problem]

  package struct Entry: Sendable, Encodable {
    package let owner: String
    package let app: String
    /// `appData`, `userData`, ….
    package internal(set) var storage: [String] = []
    /// Real names.
    package internal(set) var databases: [String] = []
    package internal(set) var namespaces: [String] = []
    /// False where the app was removed and its data kept.
    package internal(set) var inUse = false
  }
}

extension DataLayer {
  /// - Parameter owner: only this owner's apps.
  package func inventory(owner: Owner? = nil) async -> AppInventory {
    var entries: [AppInstance: AppInventory.Entry] = [:]
    var failures: [Problem] = []
    func entry(_ instance: AppInstance, _ change: (inout AppInventory.Entry) -> Void) {
      if let owner, instance.owner != owner { return }
      change(&entries[instance, default: AppInventory.Entry(owner: instance.owner.name, app: instance.app.name)])
    }
    do {
      for grant in try grants.list() {
        entry(grant.instance) {
          $0.storage = grant.terms.names
          $0.inUse = true
        }
      }
    } catch {
      failures.append(error)
    }
    do {
      let session = try await postgreSQL()
      let closed = Set(try await session.roles().filter { !$0.mayLogIn }.map(\.role))
      for database in try await session.databases() {
        entry(database.instance) {
          $0.databases.append(database.database.name)
          if !closed.contains(database.role) { $0.inUse = true }
        }
      }
    } catch {
      failures.append(Problem(error))
    }
    do {
      for record in try await namespaces().list() {

        entry(record.id.instance) {
          $0.namespaces.append(record.id.realName)
          if record.password != nil { $0.inUse = true }
        }
      }
    } catch {
      failures.append(Problem(error))
    }
    return AppInventory(entries: entries.sorted { $0.key < $1.key }.map(\.value), failures: failures)
  }
}

extension GrantTerms {
  /// What is granted, in the manifest's words.
  var names: [String] {
    var names = userData.isEmpty ? [] : ["userData"]
    if appData { names.append("appData") }
    if appCache { names.append("appCache") }
    if appCommon { names.append("appCommon") }
    if externalData { names.append("externalData") }
    return names
  }
}
