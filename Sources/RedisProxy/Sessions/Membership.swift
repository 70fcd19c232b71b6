import RedisNamespaces

/// Which namespace a client is in, and what follows from it.
extension Worker {
  /// - Parameter user: what the client calls itself.
  /// - Returns: false if the namespace has as many connections as it may. The client is then in none.
  func enter(_ namespace: Namespace, _ client: ClientPointer, as user: UnsafeRawBufferPointer?) -> Bool {
    leaveNamespace(client)
    guard namespace.account.open(upTo: namespace.record.limits.connections) else { return false }
    client.pointee.session.userName = user.map { String(decoding: $0, as: UTF8.self) } ?? "default"
    client.pointee.session.namespace = namespace
    client.pointee.parser.isAuthenticated = true
    client.pointee.counters = counters(of: namespace)
    client.pointee.counters.pointee.clients += 1
    updatePrefix(of: client)
    return true
  }

  func leaveNamespace(_ client: ClientPointer) {
    guard let namespace = client.pointee.session.namespace else { return }
    namespace.account.close()
    client.pointee.counters.pointee.clients -= 1
    client.pointee.session.namespace = nil
    client.pointee.counters = strangers
    client.pointee.parser.isAuthenticated = false
    updatePrefix(of: client)
  }

  /// After its namespace or database was changed.
  func updatePrefix(of client: ClientPointer) {
    let session = client.pointee.session
    client.pointee.prefix =
      session.namespace?.prefix(ofDatabase: session.database) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    client.pointee.slot = session.namespace?.slot.map(UInt16.init) ?? PendingReply.noSlot
    client.pointee.routeVersion = 0
    updateSpecial(client)
    updateMeter(of: client)
  }

  /// Whether the client's commands may take the short way.
  func updateSpecial(_ client: ClientPointer) {
    let session = client.pointee.session
    let isPlain =
      session.namespace?.slot != nil && session.takesReplies
      && session.replies == .on && session.transaction == nil && !session.hasSubscriptions
    if isPlain { client.pointee.flags.remove(.isSpecial) } else { client.pointee.flags.insert(.isSpecial) }
  }

  func counters(of namespace: Namespace) -> UnsafeMutablePointer<NamespaceCounters> {
    if let known = counters[namespace.realName] { return known }
    // Kept as long as the worker: replies may still be counted after their namespace is deleted.
    let new = UnsafeMutablePointer<NamespaceCounters>.allocate(capacity: 1)
    new.initialize(to: NamespaceCounters())
    counters[namespace.realName] = new
    return new
  }

  /// What a client that ends leaves behind.
  func leave(_ client: ClientPointer) {
    for upstream in client.pointee.session.exclusive { abandon(upstream) }
    client.pointee.session.exclusive = []
    if let upstream = client.pointee.session.watching { abandon(upstream) }
    client.pointee.session.forgetWatch()
    endSubscriptions(of: client)
    leaveNamespace(client)
  }
}
