import RedisNamespaces

/// PUBLISH and PUBSUB: what is said to subscribers, and about them.
extension Worker {
  func publish(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, isSharded: Bool, of client: ClientPointer
  ) -> Bool {
    guard enter(.shared, client) else { return waitForReplies(client) }
    guard let namespace = client.pointee.session.namespace else { return true }
    let slot =
      isSharded ? Self.slot(ofChannel: Array(request[1]), namespace) : Self.homeSlot(ofMessages: namespace)
    guard let upstream = shared(slot, client) else {
      respond(to: client, Self.unserved)
      return true
    }
    keys.pointee.removeAll()
    keys.pointee.append(1)
    send(request, spec, of: client, .errors, slot: slot, prefix: namespace.prefix(ofDatabase: 0), to: upstream)
    return true
  }

  func askAboutChannels(_ command: SubscriptionCommand, _ request: Request, of client: ClientPointer) -> Bool {
    guard enter(.shared, client) else { return waitForReplies(client) }
    guard let namespace = client.pointee.session.namespace else { return true }
    guard !ChannelList.hasTooManyArguments(command, request) else {
      respond(to: client) { ChannelList.appendTooManyArguments(request, to: &$0) }
      return true
    }
    let isSharded = command == .shardChannels || command == .shardNumberOfSubscribers
    let slot =
      isSharded
      ? namespace.slot.map { UInt16($0) } ?? Self.homeSlot(of: namespace) : Self.homeSlot(ofMessages: namespace)
    guard let upstream = shared(slot, client) else {
      respond(to: client, Self.unserved)
      return true
    }
    let prefix = namespace.prefix(ofDatabase: 0)
    let exchange = ChannelsExchange(for: client, prefix)
    send(exchange, to: upstream, slot: slot, .isReadOnly) { output in
      ChannelList.appendQuestion(command, request, prefix: prefix, to: &output)
    }
    client.pointee.counters.pointee.commands &+= 1
    return true
  }

  /// Where a namespace's messages are published and subscribed to: on one node, so that PUBLISH can count the receivers.
  static func homeSlot(ofMessages namespace: Namespace) -> UInt16 {
    namespace.slot.map { UInt16($0) } ?? homeSlot(of: namespace)
  }

  static func slot(ofChannel name: [UInt8], _ namespace: Namespace) -> UInt16 {
    if let slot = namespace.slot { return UInt16(slot) }
    return name.withUnsafeBytes { UInt16(HashSlot(ofKey: $0, prefix: namespace.prefix(ofDatabase: 0)).number) }
  }

  /// `PUBSUB NUMPAT`: of the clients of all workers.
  func countPatterns(_ client: ClientPointer) -> Bool {
    guard let namespace = client.pointee.session.namespace else { return true }
    client.pointee.counters.pointee.commands &+= 1
    guard capture == nil else {
      let patterns = says(.patterns, namespace.realName).patterns
      respond(to: client) { $0.append(integer: patterns.count) }
      return true
    }
    let exchange = NeighbourExchange(for: client) { worker, exchange in
      exchange.finish(on: worker) { $0.append(integer: exchange.answers.patterns.count) }
    }
    ask(.patterns, about: namespace, for: exchange)
    return true
  }
}

private final class ChannelsExchange: Exchange {
  private let prefix: [UInt8]

  init(for client: ClientPointer, _ prefix: UnsafeRawBufferPointer) {
    self.prefix = Array(prefix)
    super.init(for: client)
  }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    finish(on: worker) { output in
      prefix.withUnsafeBytes { ChannelList.append(reply, prefix: $0, to: &output) }
    }
  }
}
