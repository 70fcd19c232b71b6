import Glibc
package import SystemPackage

/// An advisory lock (flock(2)) on a file of its own; the kernel releases it when the process ends, however it ends.
package struct FileLock: ~Copyable, Sendable {
  package enum Mode: Sendable {
    /// Many at once, but not beside an exclusive holder.
    case shared
    case exclusive
  }

  private let file: FileDescriptor

  /// Takes the lock, waiting up to `patience` for the present holder.
  ///
  /// - Parameter purpose: what the lock protects, in the words of the message: "`purpose` is in use by another run".
  /// - Throws: `Problem` `locked` (busy, transient) when somebody else holds it for longer.
  package static func acquire(
    _ path: FilePath, _ mode: Mode = .exclusive, purpose: String, patience: Duration = .zero
  ) async throws -> FileLock {
    let deadline = ContinuousClock.now + patience
    var lock = try open(path)
    let operation = mode == .exclusive ? LOCK_EX : LOCK_SH
    while true {
      if flock(lock.file.rawValue, operation | LOCK_NB) == 0 {
        if lock.isStillAt(path) { return lock }
        // The holder before us removed the file, and a third run may have locked a new one.
        lock = try open(path)
        continue
      }
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw Problem(Errno(rawValue: errno), "lock", path)
      }
      guard ContinuousClock.now < deadline else {
        let holder = lock.identity.flatMap(holder(of:)).map { " (\($0))" } ?? ""
        throw Problem(
          "locked", .busy, "\(purpose) is in use by another run of olares-cli\(holder)",
          hint: "wait for it to end, then run the command again", isTransient: true)
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private static func open(_ path: FilePath) throws(Problem) -> FileLock {
    do {
      return FileLock(
        file: try .open(path, .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite]))
    } catch {
      throw Problem(error as? Errno ?? .ioError, "open the lock file", path)
    }
  }

  private var identity: stat? {
    var status = stat()
    return fstat(file.rawValue, &status) == 0 ? status : nil
  }

  private func isStillAt(_ path: FilePath) -> Bool {
    var there = stat()
    guard path.withPlatformString({ stat($0, &there) }) == 0, let identity else { return false }
    return there.st_dev == identity.st_dev && there.st_ino == identity.st_ino
  }

  /// The process that holds a lock on the file, as far as the kernel tells: `/proc/locks` has lines such as
  /// `1: FLOCK  ADVISORY  WRITE 812 fe:00:131 0 EOF` (proc_locks(5)), where the last part of the file is its inode.
  private static func holder(of file: stat) -> String? {
    let table = (try? Files.readTextIfPresent("/proc/locks")) ?? nil
    for line in (table ?? "").split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count >= 6, fields[1] == "FLOCK", fields[5].split(separator: ":").last == "\(file.st_ino)",
        let id = Int32(fields[4]), id > 0
      else { continue }
      return "pid \(id)\(verb(of: id).map { ": \($0)" } ?? "")"
    }
    return nil
  }

  /// The program and its verb, without its options.
  private static func verb(of process: Int32) -> String? {
    let text = (try? Files.readTextIfPresent(FilePath("/proc/\(process)/cmdline"))) ?? nil
    var words = (text ?? "").split(separator: "\0").map(String.init)
    guard !words.isEmpty else { return nil }
    words[0] = FilePath(words[0]).lastComponent?.string ?? words[0]
    return words.prefix { !$0.hasPrefix("-") }.joined(separator: " ").shortened(to: 80)
  }

  private init(file: FileDescriptor) { self.file = file }

  deinit { try? file.close() }
}
