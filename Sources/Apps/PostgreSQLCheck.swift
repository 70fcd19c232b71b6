import Configuration
package import Core
package import PostgreSQL

extension DataLayer {
  /// Looks for what is wrong with PostgreSQL, or with what one app has of it, the record of passwords included.
  /// - Returns: the most urgent first.
  package func checkPostgreSQL(of instance: AppInstance?) async throws -> [DatabaseFinding] {
    var onRecord: [AppInstance: AccountOnRecord] = [:]
    for one in try instance.map({ [$0] }) ?? secrets.instances() {
      guard let account = try secrets.secrets(of: one).postgres else { continue }
      onRecord[one] = AccountOnRecord(role: account.username, databases: Set(account.databases.values))
    }
    return try await postgreSQL().check(of: instance, onRecord: onRecord)
  }
}
