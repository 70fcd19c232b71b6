package import Core
import SystemPackage

/// A single real Redis of the test process, without a cluster.
package final class RedisServer: Sendable {
  /// Why there can be no server here; nil where there can.
  package static var skipReason: String? { RedisClusterServer.skipReason }

  package let port: UInt16
  private let process: ServerProcess

  /// - Parameters:
  ///   - password: of the default user.
  ///   - options: more of the command line, such as `--databases 4`.
  package init(password: Secret, options: [String] = []) async throws {
    if let reason = Self.skipReason { throw Problem("no-redis", .unavailable, reason) }
    port = Ports.free()
    let scratch = try Scratch()
    let configuration = scratch.path.appending("redis.conf")
    // In a file, since other users see a command line.
    try AtomicFile.write(
      """
      bind 127.0.0.1
      port \(port)
      dir \(scratch.path.string)
      save ""
      requirepass \(password.reveal())

      """, to: configuration)
    process = try ServerProcess(
      ["/usr/bin/redis-server", configuration.string] + options, log: scratch.path.appending("server.log"),
      scratch: scratch)
    for _ in 0..<200 {
      if (try? RawConnection(port: port)) != nil { return }
      guard process.isRunning else { break }
      try await Task.sleep(for: .milliseconds(25))
    }
    process.stop()
    throw Problem("no-redis", .unavailable, "Redis did not start on port \(port)")
  }

  package func stop() { process.stop() }
}
