import Configuration
import Core
import PostgreSQL
import Redis
import RedisNamespaces

extension DataLayer {
  /// Looks for what `instance` can log in to with a password that is not `kept`.
  ///
  /// - Returns: the problems of servers that cannot be reached. They stop nobody: an app that has nothing there does not
  ///   need them.
  /// - Throws: `Problem` `secret-lost` (not prepared).
  func insistOnSecrets(of instance: AppInstance, _ kept: AppSecrets) async throws -> [Problem] {
    var unreachable: [Problem] = []
    if kept.postgres == nil {
      do {
        let roles = try await postgreSQL().roles(of: instance)
        if let role = roles.first(where: \.mayLogIn)?.role { throw Problem.secretLost(of: role, instance) }
      } catch let problem as Problem where problem.exitStatus == .unavailable {
        unreachable.append(problem)
      }
    }
    do {
      let records = try await namespaces().list(of: instance)
      for record in records where record.password != nil && kept.redis[record.id.name.name] == nil {
        throw Problem.secretLost(of: record.id)
      }
    } catch let problem as Problem where problem.exitStatus == .unavailable {
      unreachable.append(problem)
    }
    return unreachable
  }
}

extension Problem {
  static func secretLost(of role: RoleName, _ instance: AppInstance) -> Problem {
    Problem(
      "secret-lost", .notPrepared, "the role \(role) exists, and its password is not on record",
      hint: "give it a new one: olares-cli db rotate postgres --app \(instance.app) --owner \(instance.owner)")
  }

  static func secretLost(of id: NamespaceID) -> Problem {
    Problem(
      "secret-lost", .notPrepared, "the namespace \(id) exists, and its password is not on record",
      hint: "give it a new one: olares-cli redis ns rotate \(id.asOptions)")
  }
}
