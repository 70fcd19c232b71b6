import CLinux
package import Core
import Glibc
package import SystemPackage

/// An open directory in which nobody can lead us astray: everything below it is reached by one name at a time, never
/// through `..`, a symbolic link, or (unless asked for) into another mount. What was opened stays the same directory,
/// whatever is renamed meanwhile.
package struct SafeDirectory: ~Copyable, Sendable {
  let descriptor: Int32
  /// How we came here, for messages; it may have been renamed since.
  package let path: FilePath

  /// Opens a directory that only the administrator can replace, such as the system root; links in `path` are followed.
  package init(trusted path: FilePath) throws(Problem) {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])
      self.init(descriptor: file.rawValue, path: path)
    } catch {
      throw Problem(error as? Errno ?? .ioError, "open", path)
    }
  }

  private init(descriptor: Int32, path: FilePath) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { close(descriptor) }

  /// Opens the directory `name` in this one; nil when there is none.
  /// - Throws: `Problem` `symbolic-link`, `mount-inside` (both not permitted), `not-a-directory` (cannot create), ….
  package func directoryIfPresent(
    _ name: FilePath.Component, crossingMounts: Bool = false
  ) throws(Problem) -> SafeDirectory? {
    let target = path.appending(name)
    // The kernel answers EAGAIN when something was renamed while it looked.
    for _ in 0..<128 {
      let opened = name.withPlatformString { clinux_open_directory_beneath(descriptor, $0, crossingMounts ? 1 : 0) }
      if opened >= 0 { return SafeDirectory(descriptor: opened, path: target) }
      switch errno {
      case EAGAIN, EINTR: continue
      case ENOENT: return nil
      default: throw Self.problem(Errno(rawValue: errno), at: target)
      }
    }
    throw Problem(
      "changes-too-fast", .busy, "\(target) is being renamed all the time",
      hint: "stop what renames it, then try again",
      isTransient: true)
  }

  /// Opens the directory at `relative`; nil when it or a part of the way does not exist.
  package func directoryIfPresent(
    _ relative: RelativePath, crossingMounts: Bool = false
  ) throws(Problem) -> SafeDirectory? {
    var current = try duplicate()
    for name in relative.components {
      guard let next = try current.directoryIfPresent(name, crossingMounts: crossingMounts) else { return nil }
      current = next
    }
    return current
  }

  /// Opens the directory `name`, and creates it first where it is missing.
  package func directory(
    _ name: FilePath.Component, creating attributes: DirectoryAttributes, crossingMounts: Bool = false
  ) throws(Problem) -> SafeDirectory {
    let target = path.appending(name)
    // Created without rights for others, which come with the owner.
    let result = name.withPlatformString { mkdirat(descriptor, $0, 0o700) }
    if result != 0, errno != EEXIST { throw Problem(Errno(rawValue: errno), "create directory", target) }
    guard let made = try directoryIfPresent(name, crossingMounts: crossingMounts) else {
      throw Problem(
        "changes-too-fast", .busy, "\(target) was removed while it was being opened", hint: "run the command again",
        isTransient: true)
    }
    try made.finish(attributes, isNew: result == 0)
    return made
  }

  /// Opens the directory at `relative`, and creates what is missing of the way.
  package func directory(
    _ relative: RelativePath, creating attributes: DirectoryAttributes, crossingMounts: Bool = false
  ) throws(Problem) -> SafeDirectory {
    var current = try duplicate()
    for name in relative.components {
      current = try current.directory(name, creating: attributes, crossingMounts: crossingMounts)
    }
    return current
  }

  /// How many leading parts of `relative` exist as directories.
  package func existingDepth(of relative: RelativePath, crossingMounts: Bool = false) throws(Problem) -> Int {
    var current = try duplicate()
    for (depth, name) in relative.components.enumerated() {
      guard let next = try current.directoryIfPresent(name, crossingMounts: crossingMounts) else { return depth }
      current = next
    }
    return relative.components.count
  }

  package var identity: FileIdentity {
    get throws(Problem) { FileIdentity(try status()) }
  }

  /// The names in the directory, without `.` and `..`, sorted.
  package func names() throws(Problem) -> [FilePath.Component] {
    let stream = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard stream >= 0, let entries = fdopendir(stream) else {
      throw Problem(Errno(rawValue: errno), "list", path)
    }
    defer { closedir(entries) }
    var names: [FilePath.Component] = []
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { FilePath.Component(platformString: $0) }
      }
      if let name, name.kind == .regular { names.append(name) }
    }
    return names.sorted { $0.string < $1.string }
  }

  func status() throws(Problem) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Problem(Errno(rawValue: errno), "read", path) }
    return status
  }

  /// Makes what was created or removed in the directory survive a power cut.
  func synchronize() throws(Problem) {
    guard fsync(descriptor) == 0 else { throw Problem(Errno(rawValue: errno), "synchronize", path) }
  }

  func duplicate() throws(Problem) -> SafeDirectory {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw Problem(Errno(rawValue: errno), "open", path) }
    return SafeDirectory(descriptor: copy, path: path)
  }

  /// Gives a directory of ours its owner and mode. An empty one that is still ours was left half made by a run that
  /// was killed; anything else that exists keeps what it has, since it may have been put here by somebody else.
  private func finish(_ attributes: DirectoryAttributes, isNew: Bool) throws(Problem) {
    let status = try status()
    let isOurs = status.st_uid == geteuid()
    let isHalfMade = status.st_mode & 0o7777 == 0o700 && attributes.mode.rawValue != 0o700
    guard isOurs, isNew || isHalfMade, try names().isEmpty else { return }
    let owner = attributes.ownership
    if status.st_uid != owner.userID || status.st_gid != owner.groupID {
      guard fchown(descriptor, owner.userID, owner.groupID) == 0 else {
        throw Problem(Errno(rawValue: errno), "give to user \(owner)", path)
      }
    }
    guard fchmod(descriptor, attributes.mode.rawValue) == 0 else {
      throw Problem(Errno(rawValue: errno), "set the mode of", path)
    }
  }

  static func problem(_ reason: Errno, at path: FilePath) -> Problem {
    switch reason {
    case .tooManySymbolicLinkLevels:
      Problem(
        "symbolic-link", .notPermitted, "\(path) is a symbolic link, and none is followed here",
        hint: "put a directory in its place, or name the directory it leads to")
    case .improperLink:
      Problem(
        "mount-inside", .notPermitted, "another file system is mounted on \(path)",
        hint: "to use it all the same, add --cross-mounts")
    case .notDirectory:
      Problem("not-a-directory", .cannotCreate, "\(path) exists and is not a directory", hint: "rename it")
    case .noFunction:
      Problem("old-kernel", .unavailable, "this kernel cannot walk \(path) safely", hint: "use Linux 5.12 or newer")
    default: Problem(reason, "open", path)
    }
  }
}

/// The user and group that files belong to.
package struct Ownership: Sendable, Hashable, Codable, CustomStringConvertible {
  package var userID: UInt32
  package var groupID: UInt32

  package init(userID: UInt32, groupID: UInt32) {
    self.userID = userID
    self.groupID = groupID
  }

  /// What Olares runs workloads as.
  package static let workload = Ownership(userID: 1000, groupID: 1000)
  /// This process.
  package static var current: Ownership { Ownership(userID: geteuid(), groupID: getegid()) }
  package var description: String { "\(userID):\(groupID)" }
}

/// What a directory gets when it is created.
package struct DirectoryAttributes: Sendable {
  package var mode: FilePermissions
  package var ownership: Ownership

  package init(mode: FilePermissions, ownership: Ownership) {
    self.mode = mode
    self.ownership = ownership
  }
}

/// Which object of which file system something is, whatever its name.
package struct FileIdentity: Sendable, Hashable {
  let device: UInt64
  let inode: UInt64

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}
