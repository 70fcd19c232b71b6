import CLinux
import Core
import Glibc
import SystemPackage

/// Shows one directory in the place of another. Both are open before anything is mounted, so that nobody can exchange
/// either in between.
enum BindMount {
  /// - Returns: nil when it is mounted; else why this process may not mount at all.
  /// - Throws: `Problem` `cannot-mount` (failed) for every other failure.
  static func attach(_ source: borrowing SafeDirectory, to target: borrowing SafeDirectory) throws(Problem) -> String? {
    let tree = clinux_clone_mount(source.descriptor)
    guard tree >= 0 else { return try refusal(errno, source.path, target.path) }
    defer { close(tree) }
    guard clinux_attach_mount(tree, target.descriptor) == 0 else {
      return try refusal(errno, source.path, target.path)
    }
    return nil
  }

  /// Takes the topmost mount off `point`, even while programs have files open there.
  static func detach(_ point: FilePath) throws(Problem) {
    let done = point.withPlatformString { clinux_unmount($0, 0) == 0 || clinux_unmount($0, 1) == 0 }
    guard done else { throw Problem(Errno(rawValue: errno), "unmount", point) }
  }

  /// Takes the topmost mount off `point` unless somebody uses it.
  /// - Throws: `Problem` `mount-in-use` (busy).
  static func detachIfUnused(_ point: FilePath) throws(Problem) {
    if point.withPlatformString({ clinux_unmount($0, 0) }) == 0 { return }
    guard errno == EBUSY else { throw Problem(Errno(rawValue: errno), "unmount", point) }
    throw Problem(
      "mount-in-use", .busy, "a program uses \(point)", hint: "stop the app; see what uses it: fuser -vm \(point)")
  }

  /// Whether this process may mount, found out without leaving a trace.
  static var isPermitted: Bool {
    guard let root = try? SafeDirectory(trusted: "/") else { return false }
    let tree = clinux_clone_mount(root.descriptor)
    if tree >= 0 { close(tree) }
    return tree >= 0
  }

  private static func refusal(_ code: Int32, _ source: FilePath, _ target: FilePath) throws(Problem) -> String {
    switch code {
    case EPERM: return "this process may not mount (it lacks CAP_SYS_ADMIN)"
    case ENOSYS: return "this kernel or container does not offer the mount calls"
    default:
      throw Problem(
        "cannot-mount", .failed, "cannot show \(source) at \(target): \(Errno(rawValue: code))")
    }
  }
}
