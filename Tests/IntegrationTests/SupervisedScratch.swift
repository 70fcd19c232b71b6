import Core
import SystemPackage
import TestServers
import Testing

@testable import Hosting

/// A scratch directory whose runit supervisor, and all it runs, ends with the test, even when the test is killed.
struct SupervisedScratch: Sendable {
  let path: FilePath

  var serviceDirectory: FilePath { path.appending("service") }
  var services: Services {
    Services(.runit, directory: serviceDirectory, logs: path.appending("logs"), unitPrefix: "olares-test-")
  }
  var runit: RunitServices {
    RunitServices(directory: serviceDirectory, logs: path.appending("logs"), log: nil)
  }

  static func with<Result>(_ body: (SupervisedScratch) async throws -> Result) async throws -> Result {
    let scratch = try Scratch()
    let supervised = SupervisedScratch(path: scratch.path)
    let watcher = try ServerProcess(
      // What a shell starts in the background ignores SIGINT.
      [
        "/usr/bin/env", "--default-signal", "/bin/sh", "-c", endingScript, "watcher",
        supervised.serviceDirectory.string,
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

  /// Waits to be interrupted, then ends the supervisor and its services.
  private static let endingScript = """
    finish() {
      supervisor=$(pgrep -x -f -- "/usr/bin/runsvdir -P $1") && kill -HUP $supervisor
      [ ! -d "$1" ] || sv -w 4 force-shutdown "$1"/*
      exit 0
    }
    trap 'finish "$1"' INT
    while :; do sleep 0.1; done
    """
}

/// Asks until it is so, for ten seconds.
func eventually(
  _ condition: () async throws -> Bool, sourceLocation: Testing.SourceLocation = #_sourceLocation
) async throws {
  let deadline = ContinuousClock.now + .seconds(10)
  while try await !condition() {
    guard ContinuousClock.now < deadline else {
      Issue.record("did not happen within ten seconds", sourceLocation: sourceLocation)
      return
    }
    try await Task.sleep(for: .milliseconds(50))
  }
}
