/// What a client's connection is, beside what every command needs (`Client`). Confined to its worker.
final class Session {
  let id: UInt64
  let address: (host: String, port: UInt16)
  let connectedAt: Instant
  var namespace: Namespace?
  var database = 0
  /// CLIENT SETNAME.
  var name: [UInt8] = []
  /// What it logged in as.
  var userName = "default"
  /// Connections to nodes that are this client's alone at the moment.
  var exclusive: [UpstreamPointer] = []
  /// MULTI, until EXEC or DISCARD.
  var transaction: Transaction?
  /// WATCH: the connection on which keys are watched, until EXEC, DISCARD or UNWATCH.
  var watching: UpstreamPointer?
  var watchedSlot: UInt16?
  var isWatching = false
  /// The connection was lost: whether keys were changed is not known, so that EXEC must not do anything.
  var watchIsBroken = false
  /// Since the last WAIT another node has taken over: it cannot tell what became of what was written before.
  var nodeHasChanged = false
  /// CLIENT REPLY.
  enum Replies { case on, off, skipsNext }
  var replies = Replies.on
  /// False while a request is taken that is not to be answered.
  var takesReplies = true
  var subscriptions: Subscriptions?
  /// How often it has had to wait for its turn.
  var turnsWaited: UInt32 = 0
  /// When it was last seen logged in, or connected.
  var strangerSince: Instant
  /// Of replies to requests that were split, as long as not all parts are there, in bytes.
  var assembledBytes = 0
  /// How much of a request was there, and since when it is no more.
  var unfinished: (byteCount: Int, since: Instant)?
  /// Since when a subscriber has had too many messages to read.
  var slowSince: Instant?

  init(id: UInt64, address: (host: String, port: UInt16), now: Instant) {
    self.id = id
    self.address = address
    connectedAt = now
    strangerSince = now
  }

  var hasSubscriptions: Bool { subscriptions.map { !$0.isEmpty } ?? false }

  var subscriptionCounts: (channels: Int, patterns: Int, shards: Int) {
    subscriptions.map { ($0.channels.count, $0.patterns.count, $0.shards.count) } ?? (0, 0, 0)
  }
}
