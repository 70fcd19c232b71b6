import SystemPackage
import TestServers
import Testing

@testable import Hosting

extension SupervisedScratch {
  var serviceDirectory: FilePath { path.appending("service") }
  var services: Services {
    Services(.runit, directory: serviceDirectory, logs: path.appending("logs"), unitPrefix: "olares-test-")
  }
  var runit: RunitServices {
    RunitServices(directory: serviceDirectory, logs: path.appending("logs"), log: nil)
  }
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
