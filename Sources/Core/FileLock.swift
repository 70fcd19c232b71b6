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
    let file: FileDescriptor
    do {
      file = try .open(path, .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
    } catch {
      throw Problem(error as? Errno ?? .ioError, "open the lock file", path)
    }
    let lock = FileLock(file: file)
    let deadline = ContinuousClock.now + patience
    let operation = mode == .exclusive ? LOCK_EX : LOCK_SH
    while flock(file.rawValue, operation | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw Problem(Errno(rawValue: errno), "lock", path)
      }
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "locked", .busy, "\(purpose) is in use by another run of olares-cli",
          hint: "wait for it to end, then run the command again", isTransient: true)
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    return lock
  }

  private init(file: FileDescriptor) { self.file = file }

  deinit { try? file.close() }
}
