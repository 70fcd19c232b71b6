package import Core
import Foundation
import Glibc
package import SystemPackage

/// A real server that runs as long as this process, at most: a guard between us and the server reads a pipe of ours, so
/// that the server is stopped and its files are removed even when the tests are killed.
package final class ServerProcess: Sendable {
  private let process: Process
  private let lifeline: Pipe

  /// - Parameters:
  ///   - command: the server's argument vector; it must stay in the foreground.
  ///   - user: the account to run as; ours by default.
  ///   - log: receives what the server prints.
  ///   - scratch: removed after the server has ended.
  package init(_ command: [String], user: UserAccount? = nil, log: FilePath, scratch: Scratch? = nil) throws {
    let account =
      user.map { ["setpriv", "--reuid", $0.name, "--regid", "\($0.groupID)", "--clear-groups", "--"] } ?? []
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      ["-c", Self.guardScript, "guard", log.string, scratch?.path.string ?? ""] + account + command
    lifeline = Pipe()
    process.standardInput = lifeline
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try Self.withoutBlockedSignals { try process.run() }
  }

  /// The threads that run Swift's tasks block signals, and children inherit that: a Redis would not hear SIGTERM.
  private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  /// Ends the server and waits for it.
  package func stop() {
    try? lifeline.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  package var isRunning: Bool { process.isRunning }

  /// The server runs in the background of this shell, which ends it when the pipe on standard input closes.
  private static let guardScript = """
    trap '' INT TERM HUP
    log=$1 scratch=$2; shift 2
    "$@" >>"$log" 2>&1 </dev/null &
    server=$!
    cat >/dev/null
    kill -INT $server 2>/dev/null
    # No process of this may be left, since it would keep open what tells that the shell has ended.
    (trap 'kill -KILL $sleep; exit' USR1; sleep 5 & sleep=$!; wait $sleep; kill -KILL $server) 2>/dev/null &
    wait $server
    kill -USR1 $! 2>/dev/null
    wait
    [ -z "$scratch" ] || rm -rf "$scratch"
    """
}
