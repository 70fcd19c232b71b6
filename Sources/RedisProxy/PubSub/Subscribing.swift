import RedisNamespaces

/// SUBSCRIBE, UNSUBSCRIBE and their kin.
extension Worker {
  func take(
    _ command: SubscriptionCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer
  ) -> Bool {
    switch command {
    case .subscribe: return subscribe(.channel, request, client)
    case .patternSubscribe: return subscribe(.pattern, request, client)
    case .shardSubscribe: return subscribe(.shard, request, client)
    case .unsubscribe: return unsubscribe(.channel, request, client)
    case .patternUnsubscribe: return unsubscribe(.pattern, request, client)
    case .shardUnsubscribe: return unsubscribe(.shard, request, client)
    case .publish, .shardPublish: return publish(request, spec, isSharded: command == .shardPublish, of: client)
    case .channels, .shardChannels, .numberOfSubscribers, .shardNumberOfSubscribers:
      return askAboutChannels(command, request, of: client)
    case .numberOfPatterns: return countPatterns(client)
    }
  }

  private func subscribe(_ kind: Subscriptions.Kind, _ request: Request, _ client: ClientPointer) -> Bool {
    // Everything before is answered, so that nothing that is said about subscriptions can stand between other replies.
    guard client.pointee.outstanding == 0 else { return waitForReplies(client) }
    let session = client.pointee.session
    guard let namespace = session.namespace else { return true }
    let subscriptions = session.subscriptions ?? Subscriptions()
    session.subscriptions = subscriptions
    let names = (1..<request.count).map { Array(request[$0]) }
    let exchange = SubscriptionExchange(for: client, kind, names, isSubscribing: true)
    for name in names {
      if kind != .shard, Subscriptions.isNotification(name) {
        openNotifications(subscriptions, exchange, namespace, client)
      } else {
        guard let upstream = subscriptionConnection(kind, name, subscriptions, client) else {
          exchange.refuse(Self.unserved, on: self)
          break
        }
        send(exchange, to: upstream) { $0.append(subscription: kind, isSubscribing: true, namespace.channel, name) }
      }
    }
    if exchange.missing == 0 { exchange.complete(on: self) }
    client.pointee.flags.insert(.waitsForReplies)
    if client.pointee.outstanding == 0 { client.pointee.flags.remove(.waitsForReplies) }
    return true
  }

  private func unsubscribe(_ kind: Subscriptions.Kind, _ request: Request, _ client: ClientPointer) -> Bool {
    guard client.pointee.outstanding == 0 else { return waitForReplies(client) }
    let session = client.pointee.session
    guard let namespace = session.namespace else { return true }
    let all = session.subscriptions?.names(kind) ?? []
    let names = request.count > 1 ? (1..<request.count).map { Array(request[$0]) } : all
    let exchange = SubscriptionExchange(for: client, kind, names, isSubscribing: false)
    if let subscriptions = session.subscriptions {
      for name in Set(names) where subscriptions.contains(name, kind) && !Subscriptions.isNotification(name) {
        guard let upstream = subscriptionConnection(kind, name, subscriptions, client) else { continue }
        send(exchange, to: upstream) { $0.append(subscription: kind, isSubscribing: false, namespace.channel, name) }
      }
    }
    if exchange.missing == 0 { exchange.complete(on: self) }
    if client.pointee.outstanding > 0 { client.pointee.flags.insert(.waitsForReplies) }
    return true
  }

  /// The client's connection for a name; nil if nobody is known to serve it.
  private func subscriptionConnection(
    _ kind: Subscriptions.Kind, _ name: [UInt8], _ subscriptions: Subscriptions, _ client: ClientPointer
  ) -> UpstreamPointer? {
    guard let namespace = client.pointee.session.namespace else { return nil }
    if kind != .shard, let known = subscriptions.messages { return known }
    let slot = kind == .shard ? Self.slot(ofChannel: name, namespace) : Self.homeSlot(ofMessages: namespace)
    guard let endpoint = topology?.master(of: Int(slot)) else { return nil }
    if kind == .shard, let known = subscriptions.sharded[endpoint] { return known }
    let upstream = makeUpstream(.subscriptions, endpoint, resp: 2)
    upstream.pointee.details.owner = client
    if kind == .shard { subscriptions.sharded[endpoint] = upstream } else { subscriptions.messages = upstream }
    return upstream
  }

  /// Every master reports all its changes to the proxy, which picks those of the client.
  private func openNotifications(
    _ subscriptions: Subscriptions, _ exchange: Exchange?, _ namespace: Namespace, _ client: ClientPointer
  ) {
    for node in topology?.slotMasters ?? [] where subscriptions.notifications[node.endpoint] == nil {
      let upstream = makeUpstream(.subscriptions, node.endpoint, resp: 2)
      upstream.pointee.details.owner = client
      subscriptions.notifications[node.endpoint] = upstream
      let patterns = ["__keyspace@0__:\(namespace.realName).*", "__keyevent@0__:*"]
      for pattern in patterns {
        let words = [Array("PSUBSCRIBE".utf8), Array(pattern.utf8)]
        if let exchange {
          send(exchange, to: upstream) { $0.append(request: words) }
        } else {
          let before = upstream.pointee.output.count
          upstream.pointee.output.append(request: words)
          upstream.pointee.pending.append(
            PendingReply(
              byteCount: UInt32(upstream.pointee.output.count - before), sentAt: now.stamp, purpose: .discard))
          markDirty(upstream)
        }
      }
    }
  }

  /// Masters may have come or gone.
  func followTopology(_ client: ClientPointer) {
    let session = client.pointee.session
    guard let namespace = session.namespace, let subscriptions = session.subscriptions else { return }
    guard isSubscribedAtHome(subscriptions, namespace) else { return end(client) }
    if subscriptions.wantsNotifications { openNotifications(subscriptions, nil, namespace, client) }
  }

  /// Whether messages still come from the nodes that they are published on. Another node may hang, or not count its
  /// subscribers as receivers; and a client can only know from the end of its connection that messages may be lost.
  private func isSubscribedAtHome(_ subscriptions: Subscriptions, _ namespace: Namespace) -> Bool {
    guard let topology else { return true }
    if let upstream = subscriptions.messages,
      let home = topology.master(of: Int(Self.homeSlot(ofMessages: namespace))),
      upstream.pointee.details.endpoint != home
    {
      return false
    }
    return subscriptions.shards.allSatisfy { name in
      topology.master(of: Int(Self.slot(ofChannel: name, namespace))).map { subscriptions.sharded[$0] != nil } ?? true
    }
  }

  /// Closes the connections that nothing is subscribed to on any more.
  func closeUnused(_ subscriptions: Subscriptions) {
    if !subscriptions.wantsNotifications {
      for upstream in subscriptions.notifications.values { abandon(upstream) }
      subscriptions.notifications = [:]
    }
    if subscriptions.shards.isEmpty {
      for upstream in subscriptions.sharded.values { abandon(upstream) }
      subscriptions.sharded = [:]
    }
    if subscriptions.channels.isEmpty, subscriptions.patterns.isEmpty, let upstream = subscriptions.messages {
      abandon(upstream)
      subscriptions.messages = nil
    }
  }

  func endSubscriptions(of client: ClientPointer) {
    let session = client.pointee.session
    guard let subscriptions = session.subscriptions else { return }
    session.subscriptions = nil
    for upstream in subscriptions.connections { abandon(upstream) }
    updateSpecial(client)
  }

  /// Messages may be lost, which a client can only know from the end of its connection, as with a single server.
  func lostSubscriptions(_ upstream: UpstreamPointer, of client: ClientPointer) {
    guard let subscriptions = client.pointee.session.subscriptions else { return }
    for (endpoint, other) in subscriptions.notifications where other == upstream {
      subscriptions.notifications[endpoint] = nil
      // A master that is one no longer has nothing more to report.
      if let topology, !topology.slotMasters.contains(where: { $0.endpoint == endpoint }) { return }
    }
    end(client)
  }
}

extension Namespace {
  /// What channels start with, in all databases: Redis' channels know none.
  var channel: UnsafeRawBufferPointer { prefix(ofDatabase: 0) }
}

extension ByteQueue {
  fileprivate mutating func append(
    subscription kind: Subscriptions.Kind, isSubscribing: Bool, _ prefix: UnsafeRawBufferPointer, _ name: [UInt8]
  ) {
    append(arrayOf: 2)
    append(bulk: Subscriptions.verb(kind, isSubscribing))
    name.withUnsafeBytes { append(bulk: prefix, $0) }
  }
}

extension Subscriptions {
  /// As in confirmations; commands are the same in upper or lower case.
  static func verb(_ kind: Kind, _ isSubscribing: Bool) -> StaticString {
    switch (kind, isSubscribing) {
    case (.channel, true): "subscribe"
    case (.channel, false): "unsubscribe"
    case (.pattern, true): "psubscribe"
    case (.pattern, false): "punsubscribe"
    case (.shard, true): "ssubscribe"
    case (.shard, false): "sunsubscribe"
    }
  }
}
