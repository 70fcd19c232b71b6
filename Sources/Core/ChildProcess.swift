import Glibc
package import Logging
import Subprocess
package import SystemPackage

/// One run of another program: an argument vector, never a shell; a clean environment, never ours, so that no secret
/// travels by accident; output collected up to a limit.
package struct ChildProcess: Sendable {
  package var executable: String
  package var arguments: [String]
  /// Added to `PATH` and `LANG`. Secrets go here, since every user can read argv.
  package var environment: [String: String]
  package var user: UserAccount?
  package var workingDirectory: FilePath?

  /// - Parameter executable: an absolute path, or a name looked up in the system's directories.
  package init(
    _ executable: String, _ arguments: [String], environment: [String: String] = [:], user: UserAccount? = nil,
    workingDirectory: FilePath? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.user = user
    self.workingDirectory = workingDirectory
  }

  package struct Result: Sendable {
    /// The exit status, or 128 plus the signal that ended it, as shells count.
    package let status: Int32
    package let standardOutput: String
    package let standardError: String

    package var succeeded: Bool { status == 0 }
  }

  /// Runs the program to its end. Cancelling the task terminates it.
  ///
  /// - Parameter outputLimit: more bytes than this on either stream end the run with an error.
  /// - Throws: `Problem` `cannot-run` if it cannot be started, `too-much-output`. A non-zero status is a result, not an
  ///   error.
  package func run(outputLimit: Int = 8 << 20, log: Logger? = nil) async throws -> Result {
    log?.debug("run", metadata: ["argv": "\(([executable] + arguments).joined(separator: " "))"])
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(10))]
    var variables: [Environment.Key: String] = ["PATH": Self.searchPath, "LANG": "C.UTF-8"]
    if let user { variables["HOME"] = user.home }
    for (name, value) in environment {
      if let key = Environment.Key(rawValue: name) { variables[key] = value }
    }
    let (program, words) = command
    do {
      let result = try await Subprocess.run(
        program.hasPrefix("/") ? .path(FilePath(program)) : .name(program),
        arguments: Arguments(words),
        environment: .custom(variables),
        workingDirectory: workingDirectory,
        platformOptions: options,
        input: .none,
        output: .string(limit: outputLimit),
        error: .string(limit: outputLimit))
      let status: Int32 =
        switch result.terminationStatus {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
      // What a cancelled run was ended by says nothing about the program.
      if status != 0 { try Task.checkCancellation() }
      return Result(status: status, standardOutput: result.standardOutput, standardError: result.standardError)
    } catch is CancellationError {
      throw CancellationError()
    } catch let error as SubprocessError where error.code == .outputLimitExceeded {
      throw Problem("too-much-output", .failed, "\(executable) wrote more than \(outputLimit) bytes")
    } catch {
      throw Problem("cannot-run", .unavailable, "cannot run \(executable)", cause: Secret.masking("\(error)"))
    }
  }

  /// Runs the program and insists on status 0.
  /// - Throws: `Problem` `child-failed` with the last lines the program wrote.
  @discardableResult
  package func check(log: Logger? = nil) async throws -> Result {
    let result = try await run(log: log)
    guard result.succeeded else {
      let said = result.standardError.isEmpty ? result.standardOutput : result.standardError
      let tail = said.split(separator: "\n").suffix(8).joined(separator: "\n")
      throw Problem(
        "child-failed", .failed, "\(executable) \(arguments.first ?? "") failed with status \(result.status)",
        cause: Secret.masking(tail))
    }
    return result
  }

  /// The account is changed by setpriv(1): between fork and exec of a process with threads, glibc's own functions for it
  /// can wait forever for a thread that was about to end.
  private var command: (program: String, arguments: [String]) {
    guard let user, user.userID != geteuid() else { return (executable, arguments) }
    let account = ["--reuid", "\(user.userID)", "--regid", "\(user.groupID)", "--init-groups", "--"]
    return ("setpriv", account + [executable] + arguments)
  }

  /// Where programs are looked up: the system's own directories, whatever the caller's `PATH` says.
  package static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}
