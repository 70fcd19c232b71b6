import Glibc
package import SystemPackage

/// Replaces files so that a reader, a crash or a full disk sees either the old content whole or the new one.
package enum AtomicFile {
  /// Writes `content` beside `path`, makes it durable, and renames it into place.
  ///
  /// - Parameter mode: the file's exact mode; secrets keep the default, which only the owner can read.
  /// - Throws: `Problem` `disk-full`, `permission-denied`, `read-only` or `io-error`; the old file is then untouched.
  package static func write(
    _ content: String, to path: FilePath, mode: FilePermissions = [.ownerReadWrite]
  ) throws(Problem) {
    let directory = path.removingLastComponent()
    let name = path.lastComponent?.string ?? ""
    let temporary = directory.appending(".\(name).\(getpid()).\(UInt32.random(in: .min ... .max)).new")
    do {
      let file = try FileDescriptor.open(
        temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: [.ownerReadWrite])
      do {
        defer { try? file.close() }
        try file.writeAll(content.utf8)
        if fchmod(file.rawValue, mode.rawValue) != 0 { throw Errno(rawValue: errno) }
        if fsync(file.rawValue) != 0 { throw Errno(rawValue: errno) }
      }
      let renamed = temporary.withPlatformString { old in path.withPlatformString { new in rename(old, new) } }
      if renamed != 0 { throw Errno(rawValue: errno) }
    } catch {
      try? Files.remove(temporary)
      throw Problem(error as? Errno ?? .ioError, "write", path)
    }
    try Files.synchronize(directory: directory)
  }
}
