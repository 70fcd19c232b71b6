import RedisNamespaces

/// What one client is subscribed to, in its own words, and the connections that is on. They are the client's alone, so that a
/// server sends it nothing that it did not ask for. Confined to its worker.
final class Subscriptions {
  var channels: Set<[UInt8]> = []
  var patterns: Set<[UInt8]> = []
  var shards: Set<[UInt8]> = []
  /// Of channels and patterns, to the node to which the namespace's messages are published.
  var messages: UpstreamPointer?
  /// Of sharded channels, to the nodes of their slots.
  var sharded: [NodeEndpoint: UpstreamPointer] = [:]
  /// Of keyspace notifications, to every master: each reports about its own keys only.
  var notifications: [NodeEndpoint: UpstreamPointer] = [:]

  var isEmpty: Bool { channels.isEmpty && patterns.isEmpty && shards.isEmpty }

  enum Kind { case channel, pattern, shard }

  func contains(_ name: [UInt8], _ kind: Kind) -> Bool {
    switch kind {
    case .channel: channels.contains(name)
    case .pattern: patterns.contains(name)
    case .shard: shards.contains(name)
    }
  }

  func insert(_ name: [UInt8], _ kind: Kind) {
    switch kind {
    case .channel: channels.insert(name)
    case .pattern: patterns.insert(name)
    case .shard: shards.insert(name)
    }
  }

  func remove(_ name: [UInt8], _ kind: Kind) {
    switch kind {
    case .channel: channels.remove(name)
    case .pattern: patterns.remove(name)
    case .shard: shards.remove(name)
    }
  }

  func names(_ kind: Kind) -> [[UInt8]] {
    switch kind {
    case .channel: Array(channels)
    case .pattern: Array(patterns)
    case .shard: Array(shards)
    }
  }

  /// What Redis tells with each confirmation.
  func count(_ kind: Kind) -> Int { kind == .shard ? shards.count : channels.count + patterns.count }

  var connections: [UpstreamPointer] {
    [messages].compactMap { $0 } + sharded.values + notifications.values
  }

  /// Whether a channel or pattern is about the server's own notifications of changed keys.
  static func isNotification(_ name: [UInt8]) -> Bool { name.starts(with: "__key".utf8) }

  var wantsNotifications: Bool {
    channels.contains(where: Self.isNotification) || patterns.contains(where: Self.isNotification)
  }
}
