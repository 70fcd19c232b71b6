import CLinux
import Core
import Glibc
import SystemPackage

/// What files take on their disk.
package struct TreeSize: Sendable, Hashable, Encodable {
  /// Allocated, as `du` counts: less than their length for sparse files, and with the directories themselves.
  package internal(set) var bytes = 0
  /// Without directories.
  package internal(set) var files = 0

  static func + (left: TreeSize, right: TreeSize) -> TreeSize {
    TreeSize(bytes: left.bytes + right.bytes, files: left.files + right.files)
  }
}

/// Adds up directory trees. Links are not followed, other file systems not entered, and a file with several names is
/// counted where it is met first. Files may come and go meanwhile.
///
/// It holds a bounded number of descriptors, however deep a tree is: directories far up are closed, and opened again as
/// the parent of what was opened in them, if they still are that.
struct TreeCounter: ~Copyable {
  /// Places that could not be counted: other mounts, and directories that were moved meanwhile.
  private(set) var skipped: [FilePath] = []
  private(set) var total = TreeSize()
  private var seen: Set<FileIdentity> = []
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
  private let progress: (TreeSize) throws -> Void

  /// - Parameter progress: told what was counted so far, every few thousand entries; ends the counting by throwing.
  init(progress: @escaping (TreeSize) throws -> Void) { self.progress = progress }

  deinit { buffer.deallocate() }

  /// The size of `directory` and everything below it.
  /// - Throws: `Problem` for what cannot be read, and what `progress` throws.
  mutating func count(_ directory: borrowing SafeDirectory) throws -> TreeSize {
    let start = total
    // Opened anew, since reading moves the position that duplicates share.
    let opened = openat(directory.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { throw Problem(Errno(rawValue: errno), "open", directory.path) }
    var levels = [try enter(opened, name: [], directory.path)]
    while let level = levels.last {
      if let name = level.subdirectories.popLast() {
        guard let next = try open(name, in: levels, directory.path) else { continue }
        levels.append(next)
        // The outermost one stays open, to go on from when others are lost.
        if levels.count > Self.mostOpen + 1 { levels[levels.count - Self.mostOpen].close() }
      } else {
        let done = levels.removeLast()
        guard let parent = levels.last, !parent.isOpen, !parent.reopen(from: done) else { continue }
        skipped.append(Self.path(of: levels, directory.path))
        while let lost = levels.last, !lost.isOpen { levels.removeLast() }
      }
    }
    return TreeSize(bytes: total.bytes - start.bytes, files: total.files - start.files)
  }

  /// Counts one file that is not a directory.
  mutating func count(file name: FilePath.Component, in directory: borrowing SafeDirectory) -> TreeSize {
    let start = total
    name.withPlatformString { _ = add($0, in: directory.descriptor) }
    return TreeSize(bytes: total.bytes - start.bytes, files: total.files - start.files)
  }

  private mutating func open(_ name: [CChar], in levels: [Level], _ root: FilePath) throws -> Level? {
    guard let parent = levels.last else { return nil }
    for _ in 0..<128 {
      let opened = clinux_open_directory_beneath(parent.descriptor, name, 0)
      if opened >= 0 { return try enter(opened, name: name, root) }
      switch errno {
      case EAGAIN, EINTR: continue
      // Gone, or something else by now.
      case ENOENT, ELOOP, ENOTDIR: return nil
      case EXDEV: break
      default: throw Problem(Errno(rawValue: errno), "open", Self.path(of: levels, root, name))
      }
      break
    }
    skipped.append(Self.path(of: levels, root, name))
    return nil
  }

  /// Counts an open directory and the files in it.
  private mutating func enter(_ descriptor: Int32, name: [CChar], _ root: FilePath) throws -> Level {
    var status = stat()
    let known = fstat(descriptor, &status) == 0
    let level = Level(descriptor, name: name, FileIdentity(status))
    guard known else { throw Problem(Errno(rawValue: errno), "read", root) }
    total.bytes += Int(status.st_blocks) * 512
    while true {
      let length = clinux_read_entries(descriptor, buffer.baseAddress, buffer.count)
      if length == 0 { return level }
      guard length > 0 else {
        // Removed while it was open.
        if errno == ENOENT { return level }
        throw Problem(Errno(rawValue: errno), "list", root)
      }
      let before = total.files
      addEntries(UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(length)]), of: level)
      uncounted += total.files - before + 1
      if uncounted > Self.progressInterval {
        uncounted = 0
        try progress(total)
      }
    }
  }

  private var uncounted = 0

  /// Records of linux_dirent64: inode (8 bytes), offset (8), length of the record (2), type (1), name.
  private mutating func addEntries(_ records: UnsafeMutableRawBufferPointer, of level: Level) {
    var rest = UnsafeRawBufferPointer(records)
    while rest.count > 19, let start = rest.baseAddress {
      let length = Int(rest.loadUnaligned(fromByteOffset: 16, as: UInt16.self))
      let type = rest[18]
      let name = (start + 19).assumingMemoryBound(to: CChar.self)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(length))
      if name[0] == 0x2e, name[1] == 0 || name[1] == 0x2e && name[2] == 0 { continue }
      let isDirectory = type == UInt8(DT_DIR) || add(name, in: level.descriptor)
      if isDirectory { level.subdirectories.append(Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))) }
    }
  }

  /// Adds the file `name`.
  /// - Returns: whether it is a directory, which is not added.
  private mutating func add(_ name: UnsafePointer<CChar>, in directory: Int32) -> Bool {
    var status = stat()
    // A file that cannot be looked at is one that is gone.
    guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
    if status.st_mode & S_IFMT == S_IFDIR { return true }
    if status.st_nlink > 1, !seen.insert(FileIdentity(status)).inserted { return false }
    total.bytes += Int(status.st_blocks) * 512
    total.files += 1
    return false
  }

  private static func path(of levels: [Level], _ root: FilePath, _ name: [CChar] = [0]) -> FilePath {
    let parts = levels.dropFirst().map(\.name) + [name]
    return parts.reduce(root) { path, name in
      name.withUnsafeBufferPointer { $0.baseAddress.flatMap(FilePath.Component.init(platformString:)) }
        .map { path.appending($0) } ?? path
    }
  }

  private static let mostOpen = 64
  private static let progressInterval = 5000

  /// A directory on the way to the one that is being counted.
  private final class Level {
    private(set) var descriptor: Int32
    /// With the zero at its end.
    let name: [CChar]
    private let identity: FileIdentity
    var subdirectories: [[CChar]] = []

    init(_ descriptor: Int32, name: [CChar], _ identity: FileIdentity) {
      self.descriptor = descriptor
      self.name = name
      self.identity = identity
    }

    deinit { close() }

    var isOpen: Bool { descriptor >= 0 }

    func close() {
      if isOpen { Glibc.close(descriptor) }
      descriptor = -1
    }

    /// - Returns: false if the parent of `child` is another directory by now.
    func reopen(from child: Level) -> Bool {
      let opened = openat(child.descriptor, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard opened >= 0 else { return false }
      var status = stat()
      guard fstat(opened, &status) == 0, FileIdentity(status) == identity else {
        Glibc.close(opened)
        return false
      }
      descriptor = opened
      return true
    }
  }
}
