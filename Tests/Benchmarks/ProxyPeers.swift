import Core
import FoundationEssentials
import Glibc
import Redis
import SystemPackage
import TestServers

/// Proxies in front of the same Redis, each with one worker, and that Redis itself.
struct ProxyPeers {
  struct Peer {
    let name: String
    let port: UInt16
    /// What redis-benchmark logs in with.
    let password: String
    /// Of the proxy; nil for Redis itself.
    let processIdentifier: Int32?
  }

  let peers: [Peer]
  let proxy: NamespaceProxy
  private let processes: [ServerProcess]
  private let scratch: Scratch

  /// - Parameters: executables of Envoy and predixy, where there are any.
  init(envoy: String?, predixy: String?) async throws {
    let proxy = try await NamespaceProxy()
    let scratch = try Scratch()
    let namespace = try await proxy.namespace("bench")
    // One backend for all: peers can log in with a password only, as the default user.
    let password = Secret.random().reveal()
    let backend = proxy.cluster.seeds[0]
    _ = try await proxy.cluster.connection(to: 0).command(["ACL", "SETUSER", "default", "on", ">\(password)"])
    var peers = [
      Peer(name: "Redis itself", port: backend.port, password: password, processIdentifier: nil),
      Peer(
        name: "olares-cli", port: proxy.port, password: namespace.password.reveal(),
        processIdentifier: try proxy.processIdentifier),
    ]
    var processes: [ServerProcess] = []
    func add(_ name: String, _ text: String, _ command: (FilePath) -> [String], port: UInt16) async throws {
      let file = scratch.path.appending("\(name).yaml")
      try AtomicFile.write(text, to: file)
      let identifier = scratch.path.appending("\(name).pid")
      processes.append(
        try ServerProcess(
          ["/bin/sh", "-c", "echo $$ >\"$0\"; exec \"$@\"", identifier.string] + command(file),
          log: scratch.path.appending("\(name).log")))
      for _ in 0..<200 {
        if (try? RawConnection(port: port)) != nil { break }
        try await Task.sleep(for: .milliseconds(50))
      }
      let text = try Files.readTextIfPresent(identifier) ?? ""
      peers.append(Peer(name: name, port: port, password: password, processIdentifier: Int32(text.dropLast())))
    }
    let nutcrackerPort = Ports.free()
    if access("/usr/sbin/nutcracker", X_OK) == 0 {
      try await add(
        "nutcracker",
        """
        pool:
          listen: 127.0.0.1:\(nutcrackerPort)
          redis: true
          redis_auth: \(password)
          preconnect: true
          servers:
            - 127.0.0.1:\(backend.port):1

        """, { ["/usr/sbin/nutcracker", "-c", $0.string, "-s", "\(Ports.free())"] }, port: nutcrackerPort)
    }
    if let envoy {
      let port = Ports.free()
      try await add(
        "Envoy", Self.envoyConfiguration(port: port, backend: backend.port, password: password),
        { [envoy, "-c", $0.string, "--concurrency", "1", "--disable-hot-restart", "-l", "error"] }, port: port)
    }
    if let predixy {
      let port = Ports.free()
      try await add(
        "predixy", Self.predixyConfiguration(port: port, backend: backend.port, password: password),
        { [predixy, $0.string] }, port: port)
    }
    self.proxy = proxy
    self.scratch = scratch
    self.peers = peers
    self.processes = processes
  }

  func stop() async {
    for process in processes.reversed() { process.stop() }
    await proxy.stop()
    scratch.remove()
  }

  private static func predixyConfiguration(port: UInt16, backend: UInt16, password: String) -> String {
    """
    Bind 127.0.0.1:\(port)
    WorkerThreads 1
    LogVerbSample 0
    LogDebugSample 0
    LogInfoSample 0
    Authority {
      Auth \(password) {
        Mode admin
      }
    }
    ClusterServerPool {
      Password \(password)
      RefreshInterval 1
      Servers {
        + 127.0.0.1:\(backend)
      }
    }

    """
  }

  private static func envoyConfiguration(port: UInt16, backend: UInt16, password: String) -> String {
    """
    static_resources:
      listeners:
      - address: {socket_address: {address: 127.0.0.1, port_value: \(port)}}
        filter_chains:
        - filters:
          - name: envoy.filters.network.redis_proxy
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
              stat_prefix: bench
              settings: {op_timeout: 5s, max_buffer_size_before_flush: 4096, buffer_flush_timeout: 0.001s}
              prefix_routes: {catch_all_route: {cluster: redis}}
              downstream_auth_passwords: [{inline_string: "\(password)"}]
      clusters:
      - name: redis
        type: STATIC
        load_assignment:
          cluster_name: redis
          endpoints:
          - lb_endpoints:
            - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: \(backend)}}}
        typed_extension_protocol_options:
          envoy.filters.network.redis_proxy:
            "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions
            auth_password: {inline_string: "\(password)"}

    """
  }
}
