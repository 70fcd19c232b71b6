package import Core

/// A node of a cluster as people name it: by port, by address, by its service, or by the beginning of its id.
package enum ClusterNodeName: Sendable, Hashable, CustomStringConvertible {
  case port(UInt16)
  case address(RedisEndpoint)
  case id(String)

  /// - Throws: `Problem` `bad-node-name` (usage).
  package init(_ text: String) throws(Problem) {
    let service = "redis-"
    let digits = text.hasPrefix(service) ? String(text.dropFirst(service.count)) : text
    if let port = UInt16(digits), port > 0 {
      self = .port(port)
    } else if text.contains(":"), let endpoint = try? RedisEndpoint(text) {
      self = .address(endpoint)
    } else if (4...40).contains(text.utf8.count), text.allSatisfy({ $0.isHexDigit && $0.isASCII }) {
      self = .id(text.lowercased())
    } else {
      throw Problem(
        "bad-node-name", .usage, "\"\(text.shortened(to: 60))\" does not name a node",
        hint: "name it by port (7002), address (127.0.0.1:7002) or the beginning of its id (at least 4 digits): "
          + "olares-cli redis cluster status")
    }
  }

  /// Nil where there is no such node.
  /// - Throws: `Problem` `ambiguous-node` (usage), `no-such-node` (no input) for an id, which cannot be of a node to come.
  package func find(in topology: ClusterTopology) throws(Problem) -> ClusterTopology.Node? {
    let found = topology.nodes.filter { node in
      switch self {
      case .port(let port): node.endpoint.port == port
      case .address(let endpoint):
        node.endpoint == endpoint || node.hostname == endpoint.host && node.endpoint.port == endpoint.port
      case .id(let prefix): node.id.hasPrefix(prefix)
      }
    }
    // A lost node and the one that is to take its place have the same address.
    let living = found.filter { !$0.isFailed }
    let isOnePlace = Set(found.map(\.endpoint)).count == 1
    let chosen = isOnePlace && living.count == 1 ? living : found
    guard chosen.count < 2 else {
      throw Problem(
        "ambiguous-node", .usage, "\(self) names \(chosen.count) nodes",
        hint: "name one by its id: " + chosen.map { "\($0.id.prefix(8)) (\($0.endpoint))" }.joined(separator: ", "))
    }
    if chosen.isEmpty, case .id = self { throw missing }
    return chosen.first
  }

  /// - Throws: `Problem` `no-such-node` (no input), and as `find`.
  package func get(in topology: ClusterTopology) throws(Problem) -> ClusterTopology.Node {
    guard let node = try find(in: topology) else { throw missing }
    return node
  }

  private var missing: Problem {
    Problem(
      "no-such-node", .noInput, "the Redis Cluster has no node \(self)",
      hint: "see which there are: olares-cli redis cluster status")
  }

  package var description: String {
    switch self {
    case .port(let port): "\(port)"
    case .address(let endpoint): endpoint.description
    case .id(let prefix): prefix
    }
  }
}
