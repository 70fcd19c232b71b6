import Core
import Foundation
import Glibc
import SystemPackage

/// When something happens to a running verb.
enum Moment: Sendable, CustomStringConvertible {
  /// As soon as its journal has so many entries.
  case entry(Int)
  /// As soon as its journal is gone again.
  case journalGone
  /// So long after its start.
  case after(Duration)

  var description: String {
    switch self {
    case .entry(let count): "at entry \(count) of the journal"
    case .journalGone: "when the journal is gone"
    case .after(let time): "after \(time)"
    }
  }
}

/// What happens to a running verb.
enum Disturbance: Sendable, CustomStringConvertible {
  /// SIGKILL for it and all that it runs, but not for what has left its process group, as services do.
  case kill(Moment)
  /// SIGKILL for it alone: what it runs goes on by itself.
  case orphan(Moment)
  case signal(Int32, Moment)
  /// SIGKILL for these processes, which are looked up at that moment.
  case killOthers(String, Moment, @Sendable () -> [pid_t])

  var description: String {
    switch self {
    case .kill(let moment): "killed \(moment)"
    case .orphan(let moment): "killed without its children \(moment)"
    case .signal(let number, let moment): "signal \(number) \(moment)"
    case .killOthers(let name, let moment, _): "\(name) killed \(moment)"
    }
  }

  fileprivate var moment: Moment {
    switch self {
    case .kill(let moment), .orphan(let moment), .signal(_, let moment), .killOthers(_, let moment, _): moment
    }
  }

  fileprivate func strike(_ verb: pid_t) {
    switch self {
    case .kill: Glibc.kill(-verb, SIGKILL)
    case .orphan: Glibc.kill(verb, SIGKILL)
    case .signal(let number, _): Glibc.kill(verb, number)
    case .killOthers(_, _, let processes): for process in processes() { Glibc.kill(process, SIGKILL) }
    }
  }
}

/// One run of the real executable, the leader of a process group of its own, as a shell would start it.
struct VerbRun: Sendable {
  /// As shells count: 128 plus the signal that ended it.
  let status: Int32
  let output: String
  let errors: String
  /// Whether what was to happen to it came before its end.
  let wasStruck: Bool
  /// All that was ever in its journal.
  let journalText: String
  let duration: Duration

  var entries: Int { JournalWatch.entries(in: journalText) }
  var summary: String { "status \(status), said: \(errors)\(output)" }

  /// - Parameters:
  ///   - journal: the file that moments are about.
  ///   - files: a directory for what it prints.
  static func run(
    _ command: [String], environment: [String: String], journal: FilePath? = nil, files: FilePath,
    disturbance: Disturbance? = nil
  ) async throws -> VerbRun {
    try await withCheckedThrowingContinuation { continuation in
      // A thread of its own, which may block and poll as closely as it can.
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            try follow(command, environment, journal: journal, files: files, disturbance: disturbance)
          })
      }
    }
  }

  private static func follow(
    _ command: [String], _ environment: [String: String], journal: FilePath?, files: FilePath,
    disturbance: Disturbance?
  ) throws -> VerbRun {
    let output = files.appending("\(UUID().uuidString).out")
    let errors = files.appending("\(UUID().uuidString).err")
    let start = ContinuousClock.now
    var watch = journal.map(JournalWatch.init)
    let process = try spawn(command, environment, output: output, errors: errors)
    // A step of the journal is short; the time until a random moment need not be kept so exactly.
    let pause: UInt32 = if case .after = disturbance?.moment { 1000 } else { 100 }
    var isStruck = false
    var status: Int32 = 0
    while waitpid(process, &status, WNOHANG) == 0 {
      watch?.look()
      if let disturbance, !isStruck {
        let isTime =
          switch disturbance.moment {
          case .entry(let count): (watch?.entries ?? 0) >= count
          case .journalGone: watch?.isGone == true
          case .after(let time): ContinuousClock.now - start >= time
          }
        if isTime {
          disturbance.strike(process)
          isStruck = true
        }
      }
      usleep(isStruck || watch == nil ? 1000 : pause)
    }
    watch?.finish()
    let signal = status & 0x7f
    let result = VerbRun(
      status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
      output: try Files.readTextIfPresent(output) ?? "", errors: try Files.readTextIfPresent(errors) ?? "",
      wasStruck: isStruck, journalText: watch?.text ?? "", duration: .now - start)
    for file in [output, errors] { try Files.remove(file) }
    return result
  }

  private static func spawn(
    _ command: [String], _ environment: [String: String], output: FilePath, errors: FilePath
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    for (descriptor, file) in [(STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
      posix_spawn_file_actions_addopen(&actions, descriptor, file.string, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setpgroup(&attributes, 0)
    // The threads that run Swift's tasks block signals, and children inherit that.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    let arguments = command.map { strdup($0) }
    let variables = environment.map { strdup("\($0.key)=\($0.value)") }
    defer { (arguments + variables).forEach { free($0) } }
    var process = pid_t()
    let status = posix_spawn(&process, command[0], &actions, &attributes, arguments + [nil], variables + [nil])
    guard status == 0 else { throw Errno(rawValue: status) }
    return process
  }
}

/// Reads a journal while it grows. Once open it can be read to its end, even when it is removed meanwhile.
private struct JournalWatch {
  let file: FilePath
  private var descriptor: FileDescriptor?
  private(set) var text = ""
  private(set) var isGone = false
  var entries: Int { Self.entries(in: text) }

  init(_ file: FilePath) { self.file = file }

  mutating func look() {
    if descriptor == nil { descriptor = try? FileDescriptor.open(file, .readOnly, options: [.closeOnExec]) }
    guard let descriptor, !isGone else { return }
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0 else { return }
    isGone = status.st_nlink == 0
    guard status.st_size != text.utf8.count else { return }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let length = buffer.withUnsafeMutableBytes { (try? descriptor.read(fromAbsoluteOffset: 0, into: $0)) ?? 0 }
    text = String(decoding: buffer[..<length], as: UTF8.self)
  }

  /// The last look.
  mutating func finish() {
    look()
    try? descriptor?.close()
    descriptor = nil
  }

  /// How many entries were written whole.
  static func entries(in text: String) -> Int {
    text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().filter { !$0.isEmpty }.count
  }
}
