import Configuration
import Core
import Hosting
import SystemPackage

// The namespace proxy's part of an instance.

extension Instance {
  static let proxyServiceName = "redis-proxy"
  var runDirectory: RunDirectory { RunDirectory(of: baseDirectory) }

  /// None on a machine that was prepared before there was a proxy.
  var proxyServices: [ServiceDefinition] {
    guard let proxy = installation.redis.proxy else { return [] }
    return [
      ServiceDefinition(
        Self.proxyServiceName, summary: "Redis namespaces of the Olares data layer",
        command: [
          executable.string, "redis", "proxy", "run", "--base-dir", baseDirectory.string, "--listen",
          "\(proxy.host):\(proxy.port)", "--user", proxyAccount,
        ],
        workingDirectory: runDirectory.path, readiness: .listening(port: proxy.port))
    ]
  }

  /// Last, since the proxy reads the configuration and asks the cluster.
  var proxyStep: Step {
    let describe = { @Sendable in "\(installation.redis.proxy?.description ?? "none"), as \(proxyAccount)" }
    return Step("Redis proxy") {
      try await isServing(proxyServices) ? describe() : nil
    } perform: {
      try await bringUp(proxyServices)
      return describe()
    }
  }

  /// Whom the proxy becomes once it has read its secrets. An attached cluster comes without Redis' own account.
  private var proxyAccount: String { installation.redis.managed ? "redis" : "nobody" }
}
