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
      for grant in try grants.list() { entry(grant.instance) { $0.storage = grant.terms.names } }
    } catch {
      failures.append(error)
    }
    do {
      for database in try await postgreSQL().databases() {
        entry(database.instance) { $0.databases.append(database.database.name) }
      }
    } catch {
      failures.append(Problem(error))
    }
    do {
      for record in try await namespaces().list() {
        entry(record.id.instance) { $0.namespaces.append(record.id.realName) }
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
