import CLinux
import Core
import Glibc
import SystemPackage

/// Files that decide what others may do are believed only while nobody else can have written them.
extension SafeDirectory {
  /// - Throws: `Problem` `not-private` (not permitted) when others than this process's account may write here.
  func requirePrivate() throws(Problem) {
    let status = try status()
    guard status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      throw Problem(
        "not-private", .notPermitted, "others than root may write in \(path)",
        hint: "look at what is in it, then: chown root: \(path) && chmod 700 \(path)")
    }
  }

  /// The text of the file `name`; nil when there is none.
  /// - Throws: `Problem` `not-private` (not permitted) for a link, a file with a second name, or one that others may write.
  func readPrivateFile(_ name: FilePath.Component) throws(Problem) -> String? {
    let path = path.appending(name)
    // Not even a pipe may hold us up here.
    let opened = name.withPlatformString { openat(descriptor, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
    guard opened >= 0 else {
      if errno == ENOENT { return nil }
      if errno == ELOOP { throw Self.notPrivate(path, "is a symbolic link") }
      throw Problem(Errno(rawValue: errno), "read", path)
    }
    let file = FileDescriptor(rawValue: opened)
    defer { try? file.close() }
    var status = stat()
    guard fstat(opened, &status) == 0 else { throw Problem(Errno(rawValue: errno), "read", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Self.notPrivate(path, "is not a plain file") }
    guard status.st_nlink == 1 else { throw Self.notPrivate(path, "has another name, by which it can be changed") }
    guard status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      throw Self.notPrivate(path, "can be written by others than root")
    }
    guard status.st_size <= Self.largestPrivateFile else {
      throw Problem("too-large", .badData, "\(path) is larger than \(Self.largestPrivateFile) bytes")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    do {
      let count = try bytes.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: 0, into: $0) }
      return String(decoding: bytes.prefix(count), as: UTF8.self)
    } catch {
      throw Problem(error as? Errno ?? .ioError, "read", path)
    }
  }

  private static func notPrivate(_ path: FilePath, _ reason: String) -> Problem {
    Problem(
      "not-private", .notPermitted, "\(path) \(reason)",
      hint: "move it away and grant again: mv \(path) \(path).damaged"
    )
  }

  private static let largestPrivateFile = 1 << 20
}
