package import Core
package import RedisNamespaces

/// What an app gets to reach its namespace. Encoding it gives the password away: that is what it is for.
package struct RedisBinding: Sendable, Encodable {
  package let host: String
  package let port: UInt16
  package let username: String
  package let password: Secret
  /// What every key and channel must start with; empty where a namespace proxy sees to it.
  package let prefix: String
  /// From the name in the manifest to the real name.
  package let namespaces: [String: String]

  /// - Parameter isProxied: whether `endpoint` is a namespace proxy, not a node of the cluster.
  package init(_ record: NamespaceRecord, password: Secret, endpoint: RedisEndpoint, isProxied: Bool) {
    host = endpoint.host
    port = endpoint.port
    username = record.id.realName
    self.password = password
    prefix = isProxied ? "" : record.prefix
    namespaces = [record.id.name.name: record.id.realName]
  }

  /// What a person has to know about it; nil where it is to be used like any Redis.
  package var note: String? {
    if prefix.isEmpty { return nil }
    return "direct access: log in as \(username), and start every key with \(prefix) until the namespace proxy runs"
  }

  /// For clients that take an address, such as `redis-cli -u`.
  package var url: Secret { Secret("redis://\(username):\(password.reveal())@\(host):\(port)/0") }

  private enum CodingKeys: String, CodingKey { case host, port, username, password, prefix, namespaces, note }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(host, forKey: .host)
    try fields.encode(port, forKey: .port)
    try fields.encode(username, forKey: .username)
    try fields.encode(password.reveal(), forKey: .password)
    try fields.encode(prefix, forKey: .prefix)
    try fields.encode(namespaces, forKey: .namespaces)
    try fields.encodeIfPresent(note, forKey: .note)
  }
}
