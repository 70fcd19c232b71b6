import Core
import Foundation
import SystemPackage
import TestServers
import Testing

/// Clients and frameworks as they are on PyPI do their own work through the proxy, and know nothing of it.
@Suite(.enabled(if: NamespaceProxy.skipReason == nil, "redis-server is not installed"), .serialized)
struct ClientTests {
  @Test(arguments: ["redis_py.py", "rq_jobs.py", "celery_tasks.py"])
  func worksUnmodified(program: String) async throws {
    let python = try await Self.python.value
    let proxy = try await NamespaceProxy()
    do {
      let namespace = try await proxy.namespace("client")
      let (status, output) = try await Self.run(
        [python, Self.directory.appending(program).string, "\(proxy.port)", namespace.password.reveal()])
      #expect(status == 0, "\(output.suffix(4000))")
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }

  private static let directory = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent().appending("Fixtures/clients")

  /// An interpreter that has what `requirements.txt` pins, kept for the next time.
  private static let python = Task {
    let cache = ProcessInfo.processInfo.environment["OLARES_TEST_CACHE"] ?? "/var/cache/olares-cli-tests"
    let requirements = directory.appending("requirements.txt")
    let pinned = try Files.readTextIfPresent(requirements) ?? ""
    let name = pinned.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let environment = FilePath(cache).appending("python-clients-\(String(name, radix: 16))")
    let script = """
      set -e
      [ -e "$0/complete" ] || {
        rm -rf "$0"
        python3 -m venv "$0"
        "$0/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r "$1"
        touch "$0/complete"
      }
      """
    try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
    let (status, output) = try await run(["/bin/sh", "-c", script, environment.string, requirements.string])
    guard status == 0 else {
      throw Problem("no-clients", .unavailable, "the clients cannot be installed", cause: output)
    }
    return environment.appending("bin/python").string
  }

  /// - Returns: the status, and what was printed.
  private static func run(_ command: [String]) async throws -> (Int32, String) {
    try await onThread { () throws(Problem) in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: command[0])
      process.arguments = Array(command.dropFirst())
      let pipe = Pipe()
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = pipe
      process.standardError = pipe
      do {
        try process.run()
      } catch {
        throw Problem("cannot-run", .unavailable, "cannot run \(command[0]): \(error)")
      }
      let output = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
  }
}
