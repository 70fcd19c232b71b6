import Core
import Glibc

/// A command line whose runs are measured, its output thrown away.
struct Command: Sendable {
  let name: String
  let argumentVector: [String]
  /// Statuses that a run may end with: a benchmark of something that fails measures nothing.
  var statuses: Set<Int32> = [0]
}

/// What one run cost.
struct Cost: Sendable {
  /// From the call of posix_spawn(3) until wait4(2) returned.
  let wall: Duration
  /// User and system time of the process and of those it waited for.
  let processor: Duration
}

extension Command {
  /// Runs the command once.
  /// - Throws: `Problem` when it cannot be started or ends with another status than those expected.
  func run() throws(Problem) -> Cost {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    var arguments = argumentVector.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }

    var process = pid_t()
    var status: Int32 = 0
    var usage = rusage()
    let start = ContinuousClock.now
    let failure = posix_spawnp(&process, argumentVector[0], &actions, nil, &arguments, environ)
    guard failure == 0 else {
      throw Problem(
        "cannot-run", .unavailable, "cannot run \(argumentVector[0]): \(String(cString: strerror(failure)))")
    }
    while wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
    let wall = ContinuousClock.now - start

    let exited = status & 0x7f == 0
    let code = exited ? status >> 8 & 0xff : 128 + status & 0x7f
    guard statuses.contains(code) else {
      throw Problem("child-failed", .failed, "\(argumentVector.joined(separator: " ")) ended with status \(code)")
    }
    return Cost(wall: wall, processor: Duration(usage.ru_utime) + Duration(usage.ru_stime))
  }

  /// Whether the command can be measured here.
  func runs() -> Bool { (try? run()) != nil }
}

extension Duration {
  fileprivate init(_ time: timeval) { self = .seconds(time.tv_sec) + .microseconds(Int64(time.tv_usec)) }
}
