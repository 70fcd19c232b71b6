import Glibc
package import SystemPackage

/// What the project needs of the file system beside `AtomicFile`: whole small files and plain directories.
/// Paths inside what an app can write to are walked by Storage instead, which follows no symbolic link.
package enum Files {
  /// The bytes of a file.
  /// - Throws: `Problem` `no-such-file`, `permission-denied`, `io-error`, or `too-large` (bad data) above `limit` bytes.
  package static func read(_ path: FilePath, limit: Int = 16 << 20) throws(Problem) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
      defer { try? file.close() }
      var bytes: [UInt8] = []
      let chunk = 1 << 16
      while true {
        let read = try file.read(into: &bytes, atMost: chunk)
        if read == 0 { return bytes }
        if bytes.count > limit {
          throw Problem("too-large", .badData, "\(path) is larger than \(limit >> 20) MiB")
        }
      }
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(error as? Errno ?? .ioError, "read", path)
    }
  }

  /// The text of a UTF-8 file; nil when it does not exist.
  package static func readTextIfPresent(_ path: FilePath, limit: Int = 16 << 20) throws(Problem) -> String? {
    do {
      return String(decoding: try read(path, limit: limit), as: UTF8.self)
    } catch {
      if error.code == "no-such-file" { return nil }
      throw error
    }
  }

  package static func exists(_ path: FilePath) -> Bool { kind(of: path) != nil }
  package static func isDirectory(_ path: FilePath) -> Bool { kind(of: path) == S_IFDIR }
  package static func isRegular(_ path: FilePath) -> Bool { kind(of: path) == S_IFREG }

  /// The file type bits, links followed; nil when there is nothing.
  private static func kind(of path: FilePath) -> mode_t? {
    var status = stat()
    return path.withPlatformString { stat($0, &status) } == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Creates a directory and its missing parents; one that exists keeps its mode.
  package static func createDirectory(_ path: FilePath, mode: FilePermissions = [.ownerReadWriteExecute])
    throws(Problem)
  {
    if isDirectory(path) { return }
    let parent = path.removingLastComponent()
    if !parent.isEmpty, parent != path { try createDirectory(parent, mode: mode) }
    if path.withPlatformString({ mkdir($0, mode.rawValue) }) != 0, errno != EEXIST || !isDirectory(path) {
      throw Problem(Errno(rawValue: errno), "create directory", path)
    }
    // mkdir's mode is cut by the umask.
    if path.withPlatformString({ chmod($0, mode.rawValue) }) != 0 {
      throw Problem(Errno(rawValue: errno), "set the mode of", path)
    }
  }

  /// The names in a directory, sorted, without `.` and `..`; empty when the directory does not exist.
  package static func names(in directory: FilePath) throws(Problem) -> [String] {
    guard let stream = directory.withPlatformString({ opendir($0) }) else {
      if errno == ENOENT { return [] }
      throw Problem(Errno(rawValue: errno), "list", directory)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a file; one that does not exist is no error.
  package static func remove(_ path: FilePath) throws(Problem) {
    if path.withPlatformString({ unlink($0) }) != 0, errno != ENOENT {
      throw Problem(Errno(rawValue: errno), "remove", path)
    }
  }

  /// Makes what happened in `directory` (a creation, a rename, a removal) survive a power cut.
  package static func synchronize(directory: FilePath) throws(Problem) {
    do {
      let descriptor = try FileDescriptor.open(
        directory.isEmpty ? "." : directory, .readOnly, options: [.directory, .closeOnExec])
      defer { try? descriptor.close() }
      if fsync(descriptor.rawValue) != 0 { throw Errno(rawValue: errno) }
    } catch {
      throw Problem(error as? Errno ?? .ioError, "synchronize", directory)
    }
  }
}

extension FileDescriptor {
  /// Appends at most `count` bytes to `bytes`.
  fileprivate func read(into bytes: inout [UInt8], atMost count: Int) throws -> Int {
    let chunk = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = try self.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    bytes += chunk
    return chunk.count
  }
}
