package import Core
import Glibc
package import SystemPackage

/// Who listens on a TCP port of this machine.
package struct PortHolder: Sendable, Hashable {
  package let port: UInt16
  /// Nil where the listener belongs to another PID namespace (a container's host, WSL) or another account.
  package let process: Process?

  package struct Process: Sendable, Hashable {
    package let id: Int32
    package let name: String
    package let executable: String?
    package let workingDirectory: String?

    init(id: Int32, name: String, executable: String?, workingDirectory: String? = nil) {
      self.id = id
      self.name = name
      self.executable = executable
      self.workingDirectory = workingDirectory
    }

    /// What `/proc` tells of a process, as far as it still is there and may be seen.
    fileprivate init(id: Int32) {
      let directory = FilePath("/proc").appending("\(id)")
      let command = (try? Files.readTextIfPresent(directory.appending("comm"))) ?? nil
      self.init(
        id: id, name: command.map { String($0.prefix { $0 != "\n" }) } ?? "?",
        executable: PortHolder.linkTarget(directory.appending("exe")),
        workingDirectory: PortHolder.linkTarget(directory.appending("cwd")))
    }

    /// The processes whose working directory is `directory` or below it, as servers have their data's.
    /// - Parameter directory: without symbolic links.
    package static func working(below directory: FilePath) throws(Problem) -> [Process] {
      try Files.names(in: "/proc").compactMap { Int32($0) }.map(Process.init(id:)).filter {
        $0.workingDirectory.map { FilePath($0).starts(with: directory) } ?? false
      }
    }
  }

  /// The holder of `port` on any address, IPv4 or IPv6; nil when nobody listens there.
  /// - Throws: `Problem` if `/proc/net` cannot be read.
  package static func of(_ port: UInt16) throws(Problem) -> PortHolder? {
    let inodes = try listeningInodes(onPort: port)
    return inodes.isEmpty ? nil : PortHolder(port: port, process: try process(withSocket: inodes))
  }

  /// Whether anybody listens on `port`.
  package static func isListening(on port: UInt16) throws(Problem) -> Bool {
    try !listeningInodes(onPort: port).isEmpty
  }

  private static func listeningInodes(onPort port: UInt16) throws(Problem) -> Set<UInt64> {
    var inodes: Set<UInt64> = []
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] as [FilePath] {
      inodes.formUnion(listeningInodes(onPort: port, in: try Files.readTextIfPresent(table) ?? ""))
    }
    return inodes
  }

  /// The socket inodes of listeners, from the text of `/proc/net/tcp` or `tcp6` (proc(5)): after a heading, a line per
  /// socket with `local_address` as `<hex address>:<hex port>` in column 2, the state in column 4 and the inode in 10.
  static func listeningInodes(onPort port: UInt16, in table: String) -> Set<UInt64> {
    var inodes: Set<UInt64> = []
    for line in table.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: " ")
      guard columns.count > 9, columns[3] == "0A", let inode = UInt64(columns[9]),
        let hexPort = columns[1].split(separator: ":").last, UInt16(hexPort, radix: 16) == port
      else { continue }
      inodes.insert(inode)
    }
    return inodes
  }

  private static func process(withSocket inodes: Set<UInt64>) throws(Problem) -> Process? {
    let sockets = Set(inodes.map { "socket:[\($0)]" })
    for name in try Files.names(in: "/proc") {
      guard let id = Int32(name) else { continue }
      let directory = FilePath("/proc").appending(name)
      // A process may end, or be another account's, while we look.
      let descriptors = (try? Files.names(in: directory.appending("fd"))) ?? []
      let holds = descriptors.contains { descriptor in
        linkTarget(directory.appending("fd").appending(descriptor)).map(sockets.contains) ?? false
      }
      if holds { return Process(id: id) }
    }
    return nil
  }

  private static func linkTarget(_ link: FilePath) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = link.withPlatformString { readlink($0, &buffer, buffer.count) }
    return length < 0 ? nil : String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension PortHolder: CustomStringConvertible {
  /// `postgres (pid 812, /usr/lib/postgresql/15/bin/postgres)`.
  package var description: String {
    process?.description ?? "a process that cannot be seen from here"
  }
}

extension PortHolder.Process: CustomStringConvertible {
  package var description: String { "\(name) (pid \(id)\(executable.map { ", \($0)" } ?? ""))" }
}
