import Core
import Glibc
import SystemPackage

/// A program that goes on when we end: in a session of its own, with none of our descriptors, signals or variables.
enum DetachedProcess {
  /// - Parameters:
  ///   - arguments: the whole vector, the program first.
  ///   - output: a file that what it prints is appended to.
  /// - Throws: `Problem` `cannot-run` or what kept the output from being opened.
  static func start(_ arguments: [String], output: FilePath) throws(Problem) {
    let log: FileDescriptor
    do {
      log = try .open(
        output, .writeOnly, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite])
    } catch {
      throw Problem(error as? Errno ?? .ioError, "open", output)
    }
    defer { try? log.close() }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, log.rawValue, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, log.rawValue, STDERR_FILENO)
    // Somebody may wait for the other end of what we were given, such as a pipe, to close. A descriptor that is closed
    // by now, as the one of this listing, is passed over.
    for name in try Files.names(in: "/proc/self/fd") {
      if let descriptor = Int32(name), descriptor > STDERR_FILENO {
        posix_spawn_file_actions_addclose(&actions, descriptor)
      }
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))

    var id = pid_t()
    var status = withCStrings(["setsid", "--fork"] + arguments) { arguments in
      withCStrings(["PATH=\(ChildProcess.searchPath)", "LANG=C.UTF-8"]) { environment in
        posix_spawn(&id, "/usr/bin/setsid", &actions, &attributes, arguments, environment)
      }
    }
    guard status == 0 else {
      throw Problem(
        "cannot-run", .unavailable, "cannot run \(arguments[0])", cause: String(cString: strerror(status)))
    }
    // setsid(1) itself ends as soon as it has forked.
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
  }

  /// `body` with `strings` as a C vector that ends with a null pointer.
  private static func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return body(copies + [nil])
  }
}
