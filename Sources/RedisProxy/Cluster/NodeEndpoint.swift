/// Where a Redis node listens.
package struct NodeEndpoint: Sendable, Hashable, CustomStringConvertible {
  package let host: String
  package let port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `host:port`, as in `MOVED 3999 127.0.0.1:6381`. An empty host is that of the node that said so.
  init?(redirect text: Substring, from node: NodeEndpoint) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
      return nil
    }
    let host = text[..<colon]
    self.init(host: host.isEmpty ? node.host : String(host), port: port)
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
