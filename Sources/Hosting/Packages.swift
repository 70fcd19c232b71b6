import Core
package import Logging
import SystemPackage

/// Debian packages, by apt. Installing one here never starts a service of the distribution's, and never touches a
/// service that was on the machine before.
package struct Packages: Sendable {
  /// Services that start by themselves when their package is installed, and are not wanted.
  package let packagedServices: [String]
  private let log: Logger?

  package init(packagedServices: [String], log: Logger? = nil) {
    self.packagedServices = packagedServices
    self.log = log
  }

  /// The versions of those of `names` that are installed.
  /// - Throws: `Problem` `cannot-run` where there is no dpkg.
  package func installed(_ names: [String]) async throws -> [String: String] {
    let format = "${Package}\\t${db:Status-Status}\\t${Version}\\n"
    // The status is 1 when dpkg does not know one of them; what it does know is printed all the same.
    let result = try await ChildProcess("/usr/bin/dpkg-query", ["-W", "-f", format] + names).run(log: log)
    return Self.installed(in: result.standardOutput)
  }

  /// - Parameter listing: lines of package, status and version, separated by tabs.
  static func installed(in listing: String) -> [String: String] {
    var versions: [String: String] = [:]
    for line in listing.split(separator: "\n") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      if fields.count == 3, fields[1] == "installed" { versions[String(fields[0])] = String(fields[2]) }
    }
    return versions
  }

  /// The packages that `name`, as it would be installed, depends on directly.
  package func dependencies(of name: String) async throws -> [String] {
    let query = ChildProcess("/usr/bin/apt-cache", ["depends", "--no-recommends", "--no-suggests", name])
    var listing = try await query.run(log: log).standardOutput
    if listing.isEmpty {
      try await update()
      listing = try await query.run(log: log).standardOutput
    }
    return Self.dependencies(in: listing)
  }

  /// - Parameter listing: what `apt-cache depends` prints: `  Depends: name`, with `|` before alternatives.
  static func dependencies(in listing: String) -> [String] {
    listing.split(separator: "\n").compactMap { line in
      let words = line.split { $0 == " " || $0 == "|" }
      return words.count == 2 && words[0] == "Depends:" ? String(words[1]) : nil
    }
  }

  /// Whether an earlier run was cut off while it installed packages.
  package var isUnfinished: Bool { InstallGuard.isLeftBehind }

  /// Takes down what such a run had put up to keep services from starting.
  package func cleanUp() async throws { try await InstallGuard.finishLeftBehind(log: log) }

  /// Installs those of `names` that are missing, with what they need and nothing that they only recommend.
  ///
  /// - Throws: `Problem` `packages-failed` with the last lines apt wrote.
  package func install(_ names: [String]) async throws {
    try await InstallGuard.finishLeftBehind(log: log)
    let present = try await installed(names)
    let missing = names.filter { present[$0] == nil }
    guard !missing.isEmpty else { return }
    try await repairDpkg()
    let installGuard = InstallGuard(services: packagedServices.filter { !InstallGuard.isKnown($0) })
    try installGuard.begin()
    do {
      // A task of its own: dpkg must not be cut in the middle of its work.
      try await Task { try await installGuarded(missing) }.value
    } catch {
      try await Task { [log] in try await installGuard.end(log: log) }.value
      throw error
    }
    try await installGuard.end(log: log)
  }

  private func installGuarded(_ names: [String]) async throws {
    let install = apt(["install", "-y", "--no-install-recommends"] + names)
    if try await install.run(log: log).succeeded { return }
    // Most often the lists are missing, or name versions that the mirror no longer has.
    try await update()
    let result = try await install.run(log: log)
    guard result.succeeded else { throw Self.failure("install \(names.joined(separator: ", "))", result) }
  }

  private func update() async throws {
    let result = try await apt(["update"]).run(log: log)
    guard result.succeeded else { throw Self.failure("read the package lists", result) }
  }

  /// A dpkg that was killed refuses everything until it may finish what it began.
  private func repairDpkg() async throws {
    if try !Files.names(in: "/var/lib/dpkg/updates").isEmpty {
      _ = try await ChildProcess("/usr/bin/dpkg", ["--configure", "-a"], environment: Self.unattended).run(log: log)
    }
  }

  private func apt(_ arguments: [String]) -> ChildProcess {
    // Waits for another apt, such as unattended-upgrades, instead of failing at once.
    ChildProcess("/usr/bin/apt-get", ["-q", "-o", "DPkg::Lock::Timeout=300"] + arguments, environment: Self.unattended)
  }

  private static let unattended = ["DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"]

  private static func failure(_ doing: String, _ result: ChildProcess.Result) -> Problem {
    let said = (result.standardOutput + "\n" + result.standardError).split(separator: "\n")
    return Problem(
      "packages-failed", .unavailable, "apt could not \(doing)",
      hint: "try it by hand to see all of it: apt-get update",
      cause: said.suffix(8).joined(separator: "\n"))
  }
}
