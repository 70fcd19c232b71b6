import CLinux
import Core
import Glibc
import SystemPackage

/// Stream sockets in the file system.
enum UnixSocket {
  /// - Throws: `Problem` `io-error`.
  static func connect(to path: FilePath) throws(Problem) -> Int32 {
    try open(path) { Glibc.connect($0, $1, $2) }
  }

  /// Listens at a path, in place of what a proxy left there that was killed. Only its owner may connect.
  ///
  /// - Throws: `Problem` `io-error`.
  static func listen(at path: FilePath) throws(Problem) -> Int32 {
    unlink(path.string)
    let socket = try open(path) { Glibc.bind($0, $1, $2) }
    chmod(path.string, 0o600)
    guard Glibc.listen(socket, 16) == 0 else {
      close(socket)
      throw .failedCall("listen")
    }
    return socket
  }

  private static func open(
    _ path: FilePath, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws(Problem) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let text = Array(path.string.utf8)
    guard text.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw Problem("io-error", .ioError, "the path \(path) is too long for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: text) }
    let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw .failedCall("socket") }
    let result = withUnsafePointer(to: address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      let problem = Problem.failedCall("socket at a path")
      close(socket)
      throw problem
    }
    return socket
  }
}
