package import SystemPackage

/// `<base-dir>/run`: the sockets of running services. Only root can get there, and nothing in it outlives its service.
package struct RunDirectory: Sendable {
  package static let name: FilePath.Component = "run"

  package let path: FilePath

  package init(of baseDirectory: FilePath) { path = baseDirectory.appending(Self.name) }

  /// Where the namespace proxy tells about itself.
  package var proxySocket: FilePath { path.appending("redis-proxy.sock") }
}
