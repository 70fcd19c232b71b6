import Configuration
package import Core
import Glibc
import Hosting
import Storage
import SystemPackage

/// What is looked at before anything is changed.
package struct PreparationChecks: Sendable {
  /// One line for people, of what was found good.
  package let summary: String
  /// Everything that stands in the way, not only the first of it.
  package let failures: [Problem]

  /// `openat2`, by which storage walks directories that apps can write to.
  static let oldestKernel = KernelVersion(major: 5, minor: 6)
  static let leastMemory = ByteCount(900_000_000)
  /// Write-ahead logs alone may take two gigabytes.
  static let leastSpace = ByteCount(4_000_000_000)

  init(of instance: Instance, on machine: Machine, hasData: Bool) throws(Problem) {
    let space = try DiskSpace(of: instance.root)
    var failures = Self.failures(of: machine, root: instance.root, space: space)
    if !UserAccount.isRoot { failures.insert(Self.notRoot, at: 0) }
    if let closed = Self.closedDirectory(above: instance.root) { failures.append(closed) }
    failures += try instance.takenPorts()
    failures += try instance.contradictions(hasData: hasData)
    self.failures = failures
    let ports =
      instance.ports.isEmpty ? "" : "ports " + instance.ports.map { "\($0.port)" }.joined(separator: " ") + ", "
    summary =
      "root, kernel \(machine.kernel), \(machine.memory.forPeople) memory, \(ports)\(space.free.forPeople) free"
  }

  static func failures(of machine: Machine, root: FilePath, space: DiskSpace) -> [Problem] {
    var failures: [Problem] = []
    if !machine.operatingSystem.isDebianFamily {
      failures.append(
        Problem(
          "unsupported-system", .unavailable,
          "\(machine.operatingSystem.prettyName) is not supported: packages come from Debian's apt",
          hint: "use Debian 12 or newer, or Ubuntu 24.04 or newer"))
    }
    if machine.kernel < oldestKernel {
      failures.append(
        Problem(
          "old-kernel", .unavailable, "the kernel is \(machine.kernel); \(oldestKernel) or newer is needed",
          hint: "update the operating system"))
    }
    if machine.memory.bytes < leastMemory.bytes {
      failures.append(
        Problem(
          "too-little-memory", .unavailable,
          "there are \(machine.memory.forPeople) of memory; \(leastMemory.forPeople) are needed",
          hint: "add memory, or raise the limit of this container"))
    }
    if space.free.bytes < leastSpace.bytes {
      failures.append(
        Problem(
          "too-little-space", .cannotCreate,
          "\(space.free.forPeople) are free for \(root); \(leastSpace.forPeople) are needed",
          hint: "make room there, or use another disk: olares-cli prepare --root /mnt/DISK/olares"))
    }
    return failures
  }

  /// PostgreSQL and Redis run under accounts of their own, which have to get to their data.
  static func closedDirectory(above root: FilePath) -> Problem? {
    var directory = root.removingLastComponent()
    while !directory.isEmpty, directory != "/" {
      var status = stat()
      if directory.withPlatformString({ stat($0, &status) }) == 0, status.st_mode & S_IXOTH == 0 {
        return Problem(
          "closed-directory", .notPermitted,
          "the servers' accounts cannot get to \(root): \(directory) is closed to others",
          hint: "open the way: chmod o+x \(directory)", "use another place: olares-cli prepare --root DIR")
      }
      directory.removeLastComponent()
    }
    return nil
  }

  private static let notRoot = Problem(
    "not-root", .notPermitted, "prepare sets up servers and services, which only root may",
    hint: "sudo olares-cli prepare")
}

/// A TCP port that one of the servers needs.
struct NeededPort: Sendable {
  let port: UInt16
  /// The option by which another one is chosen.
  let option: String
  let suggestion: UInt16
}

extension Instance {
  /// The ports of the servers that are ours to run; Redis nodes talk to each other on one more each.
  var ports: [NeededPort] { (installation.postgres.managed ? [postgresNeed] : []) + redisNeeds + proxyNeeds }

  private var proxyNeeds: [NeededPort] {
    guard let port = installation.redis.proxy?.port else { return [] }
    let taken = [installation.postgres.port] + redisNeeds.map(\.port)
    return [NeededPort(port: port, option: "--redis-proxy-port", suggestion: Self.neighbour(of: port, besides: taken))]
  }

  private static func neighbour(of port: UInt16, besides taken: [UInt16]) -> UInt16 {
    sequence(first: port) { $0 == .max ? 1024 : $0 + 1 }.first { $0 != port && !taken.contains($0) } ?? port
  }

  private var postgresNeed: NeededPort {
    let postgres = installation.postgres.port
    let taken = redisNeeds.map(\.port)
    return NeededPort(
      port: postgres, option: "--postgres-port", suggestion: Self.neighbour(of: postgres, besides: taken))
  }

  private var redisNeeds: [NeededPort] {
    guard installation.redis.managed else { return [] }
    let redis = installation.redis.ports
    let first = redis.first ?? PreparationOptions.defaultRedisPort
    let isHigh = Int(first) + 100 + redis.count + PreparationOptions.busOffset > Int(UInt16.max)
    return (redis + redis.map { $0 + UInt16(PreparationOptions.busOffset) })
      .map { NeededPort(port: $0, option: "--redis-port", suggestion: isHigh ? first - 100 : first + 100) }
  }

  func takenPorts() throws(Problem) -> [Problem] {
    var problems: [Problem] = []
    for needed in ports {
      guard let holder = try PortHolder.of(needed.port), !isOurs(holder) else { continue }
      problems.append(
        Problem(
          "port-taken", .cannotCreate, "port \(needed.port) is taken by \(holder)",
          hint: "use another port: olares-cli prepare \(needed.option) \(needed.suggestion)"))
    }
    return problems
  }

  /// Our servers' working directories are their data's, and the proxy's is where its socket is.
  private func isOurs(_ holder: PortHolder) -> Bool {
    guard let directory = holder.process?.workingDirectory.map({ FilePath($0) }) else { return false }
    return directory.starts(with: resolved(layout.databases)) || directory == resolved(runDirectory.path)
  }

  /// `/olares` itself may be a link.
  private func resolved(_ path: FilePath) -> FilePath {
    guard let real = path.withPlatformString({ realpath($0, nil) }) else { return path }
    defer { free(real) }
    return FilePath(platformString: real)
  }
}
