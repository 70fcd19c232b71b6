package import Core
import FoundationEssentials
import Glibc
package import SystemPackage

/// A Debian machine whose PID 1 is systemd, in a container of systemd-nspawn(1) that shares this machine's network.
package actor BootedMachine {
  /// Whether there can be one here: not in most containers.
  package static func isPossible() async throws -> Bool {
    guard UserAccount.isRoot, Files.exists("/usr/bin/mmdebstrap"), Files.exists("/usr/bin/systemd-nspawn") else {
      return false
    }
    let trial = ["--quiet", "--directory=/", "--volatile=yes", "--register=no", "--keep-unit", "--console=pipe"]
    let name = "--machine=olares-test-\(UInt32.random(in: 0 ... .max))"
    return try await ChildProcess("systemd-nspawn", trial + [name, "/usr/bin/true"]).run().succeeded
  }

  private let scratch: Scratch
  private let name: String
  private let executable: FilePath
  private var container: ServerProcess?
  /// Its PID 1, as this machine numbers it.
  private var leader: pid_t = 0

  private var root: FilePath { scratch.path.appending("root") }
  private var console: FilePath { scratch.path.appending("console.log") }

  /// - Parameter executable: what the machine has as `olares-cli`.
  package init(executable: FilePath) async throws {
    let tree = try await Self.tree()
    self.executable = executable
    scratch = try Scratch()
    name = "olares-test-\(UInt32.random(in: 0 ... .max))"
    try Files.createDirectory(root)
    try await ChildProcess("tar", ["--extract", "--numeric-owner", "--file", tree.string, "--directory", root.string])
      .check()
    let programs = root.appending("usr/local/bin")
    try Files.createDirectory(programs)
    try await ChildProcess("cp", [executable.string, programs.string]).check()
  }

  /// Switches it on, and waits until it has come up.
  package func boot() async throws {
    let runtime = try Self.swiftRuntime().string
    container = try ServerProcess(
      [
        "/usr/bin/systemd-nspawn", "--boot", "--directory", root.string, "--machine", name, "--register=no",
        "--keep-unit", "--console=pipe", "--bind-ro=\(runtime)",
      ], log: console)
    for _ in 0..<300 {
      // The first process below the container's is not the one that stays.
      leader = try Self.leader(of: name) ?? 0
      let state = try await run(["systemctl", "is-system-running", "--wait"]).standardOutput
      if ["running\n", "degraded\n"].contains(state) { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw Problem("no-machine", .unavailable, "the machine does not come up", cause: try Self.text(console))
  }

  /// Cuts the power: nothing in it gets to end in order.
  package func cutPower() {
    kill(leader, SIGKILL)
    leader = 0
    container?.stop()
    container = nil
  }

  /// Ends it, and removes its files.
  package func stop() {
    cutPower()
    scratch.remove()
  }

  /// Runs a command in it, as root.
  package func run(_ command: [String]) async throws -> ChildProcess.Result {
    let inside = ["-t", "\(leader)", "-m", "-u", "-i", "-p", "-C", "--", "/usr/bin/env", "-i"]
    let environment = ["HOME=/root", "LANG=C.UTF-8", "PATH=\(ChildProcess.searchPath)"]
    return try await ChildProcess("nsenter", inside + environment + command).run()
  }

  /// Puts a file into it.
  package func write(_ text: String, to path: FilePath) throws(Problem) {
    try AtomicFile.write(text, to: root.appending(path.components))
  }

  // MARK: What it is made of

  /// A packed tree of Debian's own packages, made once and kept beside other test servers.
  private static func tree() async throws -> FilePath {
    let kept = ProcessInfo.processInfo.environment["OLARES_TEST_CACHE"] ?? "/var/cache/olares-cli-tests"
    let file = FilePath(kept).appending("debian-systemd-1.tar")
    if Files.exists(file) { return file }
    try Files.createDirectory(file.removingLastComponent())
    let lists = try Files.names(in: "/etc/apt/sources.list.d").filter {
      $0.hasSuffix(".sources") || $0.hasSuffix(".list")
    }
    let sources =
      ["/etc/apt/sources.list"].filter { Files.exists(FilePath($0)) } + lists.map { "/etc/apt/sources.list.d/\($0)" }
    let packages = "systemd,systemd-sysv,dbus,procps,cron,libhiredis0.14,libpq5,libyaml-0-2"
    let unfinished = file.removingLastComponent().appending("debian-systemd-\(getpid()).tar")
    try await ChildProcess(
      "mmdebstrap",
      [
        "--variant=minbase", "--include=\(packages)", "--customize-hook=copy-in /etc/apt/apt.conf.d /etc/apt",
        try codename(), unfinished.string,
      ] + sources
    ).check()
    guard rename(unfinished.string, file.string) == 0 else {
      throw Problem(Errno(rawValue: errno), "rename", unfinished)
    }
    return file
  }

  private static func codename() throws -> String {
    let release = try text("/etc/os-release").split(separator: "\n")
    let prefix = "VERSION_CODENAME="
    return release.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) } ?? "stable"
  }

  /// The directory of the shared libraries that a debug build needs.
  private static func swiftRuntime() throws -> FilePath {
    let maps = try text("/proc/self/maps").split(separator: "\n")
    guard let line = maps.first(where: { $0.hasSuffix("/libswiftCore.so") }), let start = line.firstIndex(of: "/")
    else {
      throw Problem("no-swift-runtime", .unavailable, "this process uses no libswiftCore.so")
    }
    return FilePath(String(line[start...])).removingLastComponent()
  }

  private static func leader(of machine: String) throws -> pid_t? {
    let processes = try Files.names(in: "/proc").compactMap { pid_t($0) }
    let container = processes.first { process in
      let name = try? text(FilePath("/proc/\(process)/comm"))
      return name == "systemd-nspawn\n" && (try? text(FilePath("/proc/\(process)/cmdline")))?.contains(machine) == true
    }
    guard let container else { return nil }
    let children = try? text(FilePath("/proc/\(container)/task/\(container)/children"))
    return children?.split(separator: " ").first.flatMap { pid_t($0) }
  }

  private static func text(_ path: FilePath) throws(Problem) -> String { try Files.readTextIfPresent(path) ?? "" }
}
