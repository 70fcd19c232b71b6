import Core
package import SystemPackage

/// A scratch directory whose runit supervisor, all it runs, and all that is mounted below it end with the test, even
/// when the test is killed.
package struct SupervisedScratch: Sendable {
  package static let needsOfPrepare = "root, runit, PostgreSQL, redis-server and no systemd"
  /// Whether `prepare` can set up an instance here with everything of its own.
  package static let canPrepare =
    UserAccount.isRoot && Files.exists("/usr/bin/runsvdir") && PostgreSQLServer.skipReason == nil
    && RedisClusterServer.skipReason == nil && !Files.isDirectory("/run/systemd/system")

  package let path: FilePath

  /// - Parameter baseDirectory: the name of the base directory within the scratch directory; by default it is that itself.
  package static func with<Result>(
    baseDirectory: String = "", _ body: (SupervisedScratch) async throws -> Result
  ) async throws -> Result {
    let scratch = try Scratch()
    let supervised = SupervisedScratch(path: scratch.path)
    let services = scratch.path.appending(baseDirectory).appending("service")
    let watcher = try ServerProcess(
      // What a shell starts in the background ignores SIGINT.
      [
        "/usr/bin/env", "--default-signal", "/bin/sh", "-c", endingScript, "watcher", services.string,
        scratch.path.string,
      ],
      log: scratch.path.appending("watcher.log"), scratch: scratch)
    do {
      let result = try await body(supervised)
      watcher.stop()
      return result
    } catch {
      watcher.stop()
      throw error
    }
  }

  /// Waits to be interrupted, then ends the supervisor and its services, and unmounts what would be removed otherwise.
  private static let endingScript = """
    finish() {
      supervisor=$(pgrep -x -f -- "/usr/bin/runsvdir -P $1") && kill -HUP $supervisor
      [ ! -d "$1" ] || sv -w 4 force-shutdown "$1"/*
      cut -d ' ' -f 2 /proc/self/mounts | grep -F "$2/" | sort -r | while read -r point; do umount -l "$point"; done
      exit 0
    }
    trap 'finish "$1" "$2"' INT
    while :; do sleep 0.1; done
    """
}
