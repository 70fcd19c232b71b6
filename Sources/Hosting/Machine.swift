package import Core
import Glibc
import SystemPackage

/// What the computer we run on is and has.
package struct Machine: Sendable {
  package let hostName: String
  package let operatingSystem: OperatingSystem
  package let kernel: KernelVersion
  package let cores: Int
  /// What this process may use: the computer's memory, or less where a control group limits it.
  package let memory: ByteCount
  /// Whether systemd is PID 1, by systemd's own test (sd_booted(3)).
  package let runsSystemd: Bool
  /// Whether FUSE file systems can be mounted.
  package let hasFUSE: Bool

  /// The facts of this computer.
  /// - Throws: `Problem` if `/proc` or `/etc/os-release` cannot be read.
  package static func current() throws(Problem) -> Machine {
    var names = utsname()
    uname(&names)
    let release = withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let host = withUnsafeBytes(of: &names.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let osRelease = try Files.readTextIfPresent("/etc/os-release") ?? ""
    let memoryInfo = try Files.readTextIfPresent("/proc/meminfo") ?? ""
    let limit = (try? Files.readTextIfPresent("/sys/fs/cgroup/memory.max")) ?? nil
    return Machine(
      hostName: host,
      operatingSystem: OperatingSystem(osRelease: osRelease),
      kernel: KernelVersion(release),
      cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
      memory: memory(memoryInfo: memoryInfo, controlGroupLimit: limit),
      runsSystemd: Files.isDirectory("/run/systemd/system"),
      hasFUSE: Files.exists("/dev/fuse"))
  }

  /// - Parameters:
  ///   - memoryInfo: the text of `/proc/meminfo`.
  ///   - controlGroupLimit: the text of cgroup v2's `memory.max`: a number of bytes or `max`.
  static func memory(memoryInfo: String, controlGroupLimit: String?) -> ByteCount {
    let total = memoryInfo.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
    let kibibytes = total?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    let limit = controlGroupLimit?.split(separator: "\n").first.flatMap { Int($0) }
    return ByteCount(min(kibibytes * 1024, limit ?? .max))
  }
}

/// What `/etc/os-release` says (os-release(5)).
package struct OperatingSystem: Sendable, Hashable {
  /// The distribution in lower case, such as `debian`.
  package let id: String
  /// The distributions it derives from, closest first.
  package let relatives: [String]
  package let version: String
  /// The name for people, such as `Debian GNU/Linux 12 (bookworm)`.
  package let prettyName: String

  package init(osRelease: String) {
    var fields: [Substring: String] = [:]
    for line in osRelease.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { fields[parts[0]] = Self.unquoted(parts[1]) }
    }
    id = fields["ID"] ?? "linux"
    relatives = (fields["ID_LIKE"] ?? "").split(separator: " ").map(String.init)
    version = fields["VERSION_ID"] ?? ""
    prettyName = fields["PRETTY_NAME"] ?? "Linux"
  }

  /// Whether packages come from Debian's apt.
  package var isDebianFamily: Bool { id == "debian" || relatives.contains("debian") || id == "ubuntu" }

  /// A short name with the version: `Debian 12`.
  package var shortName: String {
    let name = id == "debian" ? "Debian" : id == "ubuntu" ? "Ubuntu" : nil
    guard let name else { return prettyName }
    return version.isEmpty ? name : "\(name) \(version)"
  }

  private static func unquoted(_ text: Substring) -> String {
    for quote in ["\"", "'"] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
      return String(text.dropFirst().dropLast())
    }
    return String(text)
  }
}

/// The kernel's version, as far as it decides what the kernel can do.
package struct KernelVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let major: Int
  package let minor: Int

  package init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// - Parameter release: as `uname -r` prints it: `6.1.0-28-amd64`.
  package init(_ release: String) {
    let numbers = release.split { !$0.isNumber }.prefix(2).map { Int($0) ?? 0 }
    self.init(major: numbers.first ?? 0, minor: numbers.count > 1 ? numbers[1] : 0)
  }

  package var description: String { "\(major).\(minor)" }
  package static func < (left: KernelVersion, right: KernelVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
