import Configuration
import Core
import FoundationEssentials
import Storage
import SystemPackage

// Data, passwords and records have to belong together. Where they do not, going on would hide data or its passwords
// behind new ones.

extension Instance {
  /// - Parameter hasData: whether there has been data, so that its absence is a loss.
  func contradictions(hasData: Bool) throws(Problem) -> [Problem] {
    if try Uninstallation.isDeleting(in: baseDirectory) { return [halfDeleted] }
    if let marker = try RootMarker.load(from: root), let problem = try belongsElsewhere(marker) { return [problem] }
    guard hasData else { return [] }
    guard layout.isPrepared else { return [rootLost] }
    var problems: [Problem] = []
    if installation.postgres.managed, try !hasPostgresData { problems.append(dataLost("PostgreSQL", postgresHome)) }
    if installation.redis.managed && !hasRedisData { problems.append(dataLost("Redis", redisHome)) }
    return problems
  }

  private var halfDeleted: Problem {
    Problem(
      "half-deleted", .notPrepared, "an uninstallation that deletes \(root) was cut off; what is left is incomplete",
      hint: "finish it first: olares-cli uninstall --delete-data --confirm-root \(root) --base-dir \(baseDirectory)")
  }

  /// Nil where the root is ours, or its base directory is gone for good, as after it was moved.
  private func belongsElsewhere(_ marker: RootMarker) throws(Problem) -> Problem? {
    let other = FilePath(marker.baseDirectory)
    guard other != baseDirectory, Files.exists(other.appending("secrets")) else { return nil }
    return Problem(
      "root-in-use", .cannotCreate, "\(root) belongs to the instance with the base directory \(other)",
      hint: "use that one, which has its passwords: olares-cli prepare --base-dir \(other)",
      "give this instance a root of its own: --root DIR")
  }

  private var rootLost: Problem {
    Problem(
      "root-lost", .notPrepared,
      "what was prepared at \(root) on \(installation.prepared.formatted(.iso8601.year().month().day())) is not there",
      hint: "mount the disk it is on, or bring it back from a backup, then run olares-cli prepare again",
      "begin with empty servers, under the same passwords: olares-cli prepare --accept-lost-data")
  }

  private func dataLost(_ server: String, _ place: FilePath) -> Problem {
    Problem(
      "data-lost", .notPrepared,
      "the data of \(server) is gone from \(place), while its passwords are under \(baseDirectory)/secrets",
      hint: "bring it back there from a backup, then run olares-cli prepare again",
      "begin with an empty \(server), under the same passwords: olares-cli prepare --accept-lost-data")
  }
}
