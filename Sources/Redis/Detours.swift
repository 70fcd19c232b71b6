/// Other ways to nodes that cannot be reached at the address they announce: behind address translation, or in a network of
/// their own. Such a node may answer at an address that we were given, or at the name that it announces.
struct Detours: Sendable {
  private var ids: [RedisEndpoint: String] = [:]
  private var answered: [String: RedisEndpoint] = [:]
  private var names: [RedisEndpoint: RedisEndpoint] = [:]
  private var taken: [RedisEndpoint: RedisEndpoint] = [:]

  mutating func learn(from view: ClusterTopology, asked: RedisEndpoint) {
    for node in view.nodes {
      ids[node.endpoint] = node.id
      if let name = node.hostname { names[node.endpoint] = RedisEndpoint(host: name, port: node.endpoint.port) }
    }
    if let node = view.answering { answered[node.id] = asked }
  }

  /// Where to try first: the announced address itself, unless another way was found to lead there.
  func way(to announced: RedisEndpoint) -> RedisEndpoint { taken[announced] ?? announced }

  /// Where to try then. Who answers there may be another node, such as behind a load balancer.
  func others(to announced: RedisEndpoint) -> [RedisEndpoint] {
    [ids[announced].flatMap { answered[$0] }, names[announced]].compactMap(\.self).filter { $0 != way(to: announced) }
  }

  func id(of announced: RedisEndpoint) -> String? { ids[announced] }

  mutating func take(_ way: RedisEndpoint, to announced: RedisEndpoint) { taken[announced] = way }

  /// Whether some node has answered at `address`.
  func wasAsked(_ address: RedisEndpoint) -> Bool { answered.values.contains(address) }

  /// The address behind a name that a node told in a redirection.
  func announced(as name: RedisEndpoint) -> RedisEndpoint { names.first { $0.value == name }?.key ?? name }
}
