import Glibc
package import SystemPackage

/// Replaces files so that a reader, a crash or a full disk sees either the old content whole or the new one.
///
/// The new content grows in a temporary file beside the old one. Its writer holds a lock on it, so that one whose writer
/// was killed can be told from one that is being written; the next writer or remover of the same file clears it away.
package enum AtomicFile {
  /// Writes `content` beside `path`, makes it durable, and renames it into place.
  ///
  /// - Parameter mode: the file's exact mode; secrets keep the default, which only the owner can read.
  /// - Throws: `Problem` `disk-full`, `permission-denied`, `read-only` or `io-error`; the old file is then untouched.
  package static func write(
    _ content: String, to path: FilePath, mode: FilePermissions = [.ownerReadWrite]
  ) throws(Problem) {
    try removeLeftovers(of: path)
    do {
      let (file, temporary) = try createTemporary(for: path)
      defer { try? file.close() }
      do {
        try file.writeAll(content.utf8)
        if fchmod(file.rawValue, mode.rawValue) != 0 { throw Errno(rawValue: errno) }
        if fsync(file.rawValue) != 0 { throw Errno(rawValue: errno) }
        let renamed = temporary.withPlatformString { old in path.withPlatformString { new in rename(old, new) } }
        if renamed != 0 { throw Errno(rawValue: errno) }
      } catch {
        try? Files.remove(temporary)
        throw error
      }
    } catch {
      throw Problem(error as? Errno ?? .ioError, "write", path)
    }
    try Files.synchronize(directory: path.removingLastComponent())
  }

  /// Removes the file for good; one that does not exist is no error.
  /// - Throws: `Problem` `permission-denied`, `read-only` or `io-error`.
  package static func remove(_ path: FilePath) throws(Problem) {
    try removeLeftovers(of: path)
    guard Files.exists(path) else { return }
    try Files.remove(path)
    try Files.synchronize(directory: path.removingLastComponent())
  }

  private static func createTemporary(for path: FilePath) throws -> (FileDescriptor, FilePath) {
    while true {
      let name = "\(temporaryPrefix(for: path))\(UInt64.random(in: .min ... .max))\(temporarySuffix)"
      let temporary = path.removingLastComponent().appending(name)
      let file = try FileDescriptor.open(
        temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: [.ownerReadWrite])
      var status = stat()
      guard flock(file.rawValue, LOCK_EX) == 0, fstat(file.rawValue, &status) == 0 else {
        let failure = Errno(rawValue: errno)
        try? file.close()
        try? Files.remove(temporary)
        throw failure
      }
      if status.st_nlink > 0 { return (file, temporary) }
      // Somebody came between its creation and its lock, and took it for a leftover.
      try? file.close()
    }
  }

  private static func removeLeftovers(of path: FilePath) throws(Problem) {
    let directory = path.removingLastComponent()
    let prefix = temporaryPrefix(for: path)
    for name in try Files.names(in: directory.isEmpty ? "." : directory)
    where name.hasPrefix(prefix) && name.hasSuffix(temporarySuffix)
      && UInt64(name.dropFirst(prefix.count).dropLast(temporarySuffix.count)) != nil
    {
      let temporary = directory.appending(name)
      guard
        let file = try? FileDescriptor.open(
          temporary, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
      else { continue }
      defer { try? file.close() }
      if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 { try Files.remove(temporary) }
    }
  }

  private static func temporaryPrefix(for path: FilePath) -> String { ".\(path.lastComponent?.string ?? "")." }
  private static let temporarySuffix = ".new"
}
