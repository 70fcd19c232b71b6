/// One worker's connections to one node. Confined to the worker.
final class NodeLink {
  let endpoint: NodeEndpoint
  private var sharedOfRESP2: UpstreamPointer?
  private var sharedOfRESP3: UpstreamPointer?
  /// By the namespace's real name and the protocol.
  private var scripts: [String: UpstreamPointer] = [:]
  /// Logged in, and of nobody at the moment.
  private var idleOfRESP2: [UpstreamPointer] = []
  private var idleOfRESP3: [UpstreamPointer] = []

  init(endpoint: NodeEndpoint) { self.endpoint = endpoint }

  /// Of all clients that speak this protocol: replies differ by it.
  func shared(resp: UInt8, worker: Worker) -> UpstreamPointer {
    if let known = resp == 2 ? sharedOfRESP2 : sharedOfRESP3 { return known }
    let upstream = worker.makeUpstream(.shared, endpoint, resp: resp)
    if resp == 2 { sharedOfRESP2 = upstream } else { sharedOfRESP3 = upstream }
    return upstream
  }

  /// Of the scripts of a namespace: the server itself keeps them within its keys.
  func scripts(of namespace: Namespace, resp: UInt8, worker: Worker) -> UpstreamPointer {
    let key = "\(namespace.realName) \(resp)"
    if let known = scripts[key] { return known }
    let upstream = worker.makeUpstream(.scripts, endpoint, resp: resp, namespace: namespace)
    scripts[key] = upstream
    return upstream
  }

  /// A connection that is one client's until it is given back.
  func takeExclusive(resp: UInt8, worker: Worker) -> UpstreamPointer {
    let idle = resp == 2 ? idleOfRESP2.popLast() : idleOfRESP3.popLast()
    return idle ?? worker.makeUpstream(.exclusive, endpoint, resp: resp)
  }

  /// - Returns: false if there are enough already.
  func giveBack(_ upstream: UpstreamPointer) -> Bool {
    guard idleOfRESP2.count + idleOfRESP3.count < Self.mostIdle else { return false }
    if upstream.pointee.resp == 2 { idleOfRESP2.append(upstream) } else { idleOfRESP3.append(upstream) }
    return true
  }

  /// A connection that was closed while nobody had it.
  func forgetIdle(_ upstream: UpstreamPointer) {
    idleOfRESP2.removeAll { $0 == upstream }
    idleOfRESP3.removeAll { $0 == upstream }
  }

  /// Those that outlive their clients, with requests of several.
  var common: [UpstreamPointer] {
    [sharedOfRESP2, sharedOfRESP3].compactMap { $0 } + scripts.values
  }

  var idle: [UpstreamPointer] { idleOfRESP2 + idleOfRESP3 }

  private static let mostIdle = 64
}

extension Worker {
  func link(to endpoint: NodeEndpoint) -> NodeLink {
    if let known = links[endpoint] { return known }
    let link = NodeLink(endpoint: endpoint)
    links[endpoint] = link
    return link
  }

  func makeUpstream(
    _ role: Upstream.Role, _ endpoint: NodeEndpoint, resp: UInt8, namespace: Namespace? = nil
  ) -> UpstreamPointer {
    let upstream = freeUpstreams.popLast() ?? .allocate(capacity: 1)
    upstream.initialize(
      to: Upstream(role: role, resp: resp, details: UpstreamDetails(endpoint: endpoint, namespace: namespace)))
    return upstream
  }
}
