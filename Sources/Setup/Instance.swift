package import Configuration
package import Core
import Glibc
package import Hosting
package import Logging
import PostgreSQL
import Storage
package import SystemPackage

/// The places, servers and services of one prepared (or nearly prepared) base directory.
package struct Instance: Sendable {
  package let baseDirectory: FilePath
  package let installation: Installation
  /// What boot runs to set bind mounts up again.
  let executable: FilePath
  let log: Logger?

  /// - Parameter executable: olares-cli; this process's own by default.
  package init(
    baseDirectory: FilePath, installation: Installation, executable: FilePath? = nil, log: Logger? = nil
  ) {
    self.baseDirectory = baseDirectory
    self.installation = installation
    self.executable = executable ?? Self.ownExecutable
    self.log = log
  }

  /// The prepared instance.
  /// - Throws: `Problem` `not-prepared`.
  package static func load(from context: Context, executable: FilePath? = nil) throws(Problem) -> Instance {
    Instance(
      baseDirectory: context.baseDirectory, installation: try .load(from: context.baseDirectory),
      executable: executable, log: context.log)
  }

  /// In the base directory; who changes what is prepared holds it.
  static let lockName = "prepare.lock"

  var root: FilePath { FilePath(installation.root) }
  var layout: Layout { Layout(root: root) }
  var secrets: SecretStore { SecretStore(baseDirectory: baseDirectory) }

  // MARK: Services

  static var supervisor: Services.Supervisor { Files.isDirectory("/run/systemd/system") ? .systemd : .runit }
  package var supervisor: Services.Supervisor { Self.supervisor }

  package var services: Services {
    Self.services(of: baseDirectory, isSeparate: installation.separate == true, log: log)
  }

  static func services(of baseDirectory: FilePath, isSeparate: Bool, log: Logger?) -> Services {
    Services(
      supervisor, directory: baseDirectory.appending("service"), logs: baseDirectory.appending("logs"),
      unitPrefix: isSeparate ? "olares-\(tag(of: baseDirectory))-" : "olares-", log: log)
  }

  /// Whether a service can be called so. Units of other instances and of Olares' own may begin as ours do.
  static func isServiceName(_ name: String) -> Bool {
    ["storage", "postgresql", proxyServiceName].contains(name)
      || name.hasPrefix("redis-") && UInt16(name.dropFirst(6)) != nil
  }

  /// Every service that is ours to run, in the order of starting.
  /// - Throws: `Problem` `postgres-missing` where PostgreSQL's programs are not installed.
  package func serviceDefinitions() throws -> [ServiceDefinition] {
    try servicesBeforeProxy() + proxyServices
  }

  /// What the proxy can do nothing without, and what has nothing to do with it.
  func servicesBeforeProxy() throws -> [ServiceDefinition] {
    try [storageService] + (installation.postgres.managed ? [postgresService()] : []) + redisServices
      + changingRedisServices
  }

  /// Those called `names`; all without names.
  /// - Throws: `Problem` `no-such-service` (usage).
  package func serviceDefinitions(named names: [String]) throws -> [ServiceDefinition] {
    let all = try serviceDefinitions()
    for name in names where !all.contains(where: { $0.name == name }) {
      let known = all.map(\.name)
      let nearest = Spelling.nearest(to: name, among: known).map { "did you mean \($0)? " } ?? ""
      throw Problem(
        "no-such-service", .usage, "there is no service \"\(name.shortened(to: 40))\"",
        hint: "\(nearest)services: \(known.joined(separator: ", "))")
    }
    return names.isEmpty ? all : all.filter { names.contains($0.name) }
  }

  var storageService: ServiceDefinition {
    ServiceDefinition(
      "storage", summary: "Bind mounts of the Olares data layer", kind: .once,
      command: [executable.string, "storage", "mount", "--base-dir", baseDirectory.string])
  }

  private static var ownExecutable: FilePath {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    guard length > 0 else { return "/usr/local/bin/olares-cli" }
    return FilePath(String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  /// Eight hexadecimal digits that tell base directories apart (FNV-1a).
  private static func tag(of path: FilePath) -> String {
    let hash = path.string.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
