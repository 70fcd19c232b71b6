import Core
import Foundation
package import PostgreSQL
package import SystemPackage

/// A real PostgreSQL of the test process, set up as `prepare` sets one up.
package final class PostgreSQLServer: Sendable {
  /// The administrator's login.
  package let endpoint: PostgreSQLEndpoint
  package let cluster: ServerCluster
  /// What the server prints.
  package let log: FilePath
  private let process: ServerProcess

  /// Why there can be no server here; nil where there can.
  package static let skipReason: String? = {
    guard let binaries = try? ServerCluster.installedBinaries(), !binaries.isEmpty else {
      return "PostgreSQL 15 or newer is not installed (apt install postgresql-15)"
    }
    guard !UserAccount.isRoot || UserAccount(named: "postgres") != nil else {
      return "there is no account postgres, and PostgreSQL does not run as root"
    }
    return nil
  }()

  /// One server for all tests of this process.
  package static func shared() async throws -> PostgreSQLServer { try await sharedStart.value }

  private static let sharedStart = Task { try await PostgreSQLServer() }

  /// A server of its own, for a test that stops it.
  /// - Parameter isDurable: whether it waits for the disk, as real ones do and tests need not.
  package init(isDurable: Bool = false) async throws {
    guard Self.skipReason == nil, let binaries = try ServerCluster.installedBinaries() else {
      throw Problem("no-postgres", .unavailable, Self.skipReason ?? "PostgreSQL is not installed")
    }
    let scratch = try Scratch()
    let account = UserAccount.isRoot ? UserAccount(named: "postgres") : nil
    let port = Ports.free()
    let password = Secret.random()
    endpoint = PostgreSQLEndpoint(
      host: "127.0.0.1", port: port, user: "postgres", password: password, sslMode: .disable)
    cluster = ServerCluster(dataDirectory: scratch.path.appending("data"), binaries: binaries, account: account)
    log = scratch.path.appending("server.log")
    // The guard is there before initdb is, so that a test killed in between leaves nothing either.
    process = try ServerProcess(
      [
        "/bin/sh", "-c",
        """
        until [ -e "$1/PG_VERSION" ]; do sleep 0.05; done
        exec "$0" -D "$1" -c fsync=$2 -c max_connections=400
        """,
        binaries.appending("postgres").string, cluster.dataDirectory.string, isDurable ? "on" : "off",
      ], user: account, log: log, scratch: scratch)
    let settings = ServerSettings(port: port, socketDirectory: nil, memory: ByteCount(1 << 30))
    _ = try await cluster.initialize(settings: settings, password: password)
    try await waitUntilReady()
  }

  package func stop() { process.stop() }

  /// The text of the server's log so far.
  package func logText() throws -> String { try Files.readTextIfPresent(log) ?? "" }

  private func waitUntilReady() async throws {
    for _ in 0..<200 {
      do {
        await (try AdminSession.connect(to: endpoint)).close()
        return
      } catch let problem as Problem where problem.isTransient && process.isRunning {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    throw Problem("no-postgres", .unavailable, "PostgreSQL did not start", cause: try logText())
  }
}
