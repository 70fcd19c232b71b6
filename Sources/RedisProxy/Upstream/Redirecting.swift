import RedisNamespaces

/// Sending requests again, where the cluster says or when it is ready.
extension Worker {
  /// Follows a redirect of the oldest request of a connection.
  ///
  /// - Returns: false if the reply is none, or the request has been redirected often enough.
  func follow(_ reply: UnsafeRawBufferPointer, _ entry: PendingReply, of upstream: UpstreamPointer) -> Bool {
    guard let redirect = Redirect(reply, from: upstream.pointee.details.endpoint) else { return false }
    coordinator.refreshTopology()
    guard entry.slot != PendingReply.noSlot else { return false }
    // Waiting is limited by time, following by count.
    if redirect == .later {
      // A connection of the client's own may be gone by then.
      guard upstream.pointee.role == .shared || upstream.pointee.role == .scripts,
        now.stamp &- entry.sentAt < UInt32(limits.lostNodeMilliseconds) * 1000
      else { return false }
    } else {
      guard entry.redirects < limits.redirects else { return false }
    }
    let request = Array(upstream.pointee.output.readable[..<Int(entry.byteCount)])
    upstream.pointee.pending.removeFirst()
    upstream.pointee.requestAnswered(Int(entry.byteCount))
    var entry = entry
    entry.attributes.remove(.isAsking)
    if let client = entry.client, client.pointee.generation == entry.generation {
      client.pointee.counters.pointee.redirects &+= 1
      client.pointee.session.nodeHasChanged = true
      // What it sends from now on would overtake this request.
      if client.pointee.outstanding > 0 { client.pointee.flags.insert(.waitsForReplies) }
    }
    switch redirect {
    case .moved(let endpoint):
      entry.redirects += 1
      sendAgain(request, entry, to: counterpart(of: upstream, at: endpoint))
    case .ask(let endpoint):
      entry.redirects += 1
      entry.attributes.insert(.isAsking)
      sendAgain(request, entry, to: counterpart(of: upstream, at: endpoint))
    case .later:
      // While a slot moves, a request for several keys is sent to and fro until all of them have moved.
      entry.redirects = 0
      later.append(DelayedRequest(bytes: request, entry: entry, upstream: upstream))
      if later.count == 1 { schedule(afterMilliseconds: Self.retryDelay, .sendAgain) }
    }
    return true
  }

  private static let retryDelay = 50

  /// Sends again what had to wait, in the order in which it was refused.
  func sendDelayed() {
    let requests = later
    later = []
    for request in requests {
      var target = request.upstream
      if let endpoint = topology?.master(of: Int(request.entry.slot)), endpoint != target.pointee.details.endpoint {
        target = counterpart(of: target, at: endpoint)
      }
      sendAgain(request.bytes, request.entry, to: target)
    }
  }

  /// The connection to another node that is to this client what `upstream` is.
  func counterpart(of upstream: UpstreamPointer, at endpoint: NodeEndpoint) -> UpstreamPointer {
    let link = link(to: endpoint)
    let resp = upstream.pointee.resp
    switch upstream.pointee.role {
    case .shared: return link.shared(resp: resp, worker: self)
    case .scripts:
      guard let namespace = upstream.pointee.details.namespace else { return link.shared(resp: resp, worker: self) }
      return link.scripts(of: namespace, resp: resp, worker: self)
    case .exclusive, .subscriptions:
      guard let client = upstream.pointee.details.owner else { return link.shared(resp: resp, worker: self) }
      let other = link.takeExclusive(resp: resp, worker: self)
      other.pointee.details.owner = client
      let session = client.pointee.session
      if session.watching == upstream {
        // Of several keys that are watched, some would be watched there and some here.
        session.watching = other
        session.exclusive.append(upstream)
      } else {
        session.exclusive.append(other)
      }
      return other
    }
  }

  /// Lets the node execute the next request although its slot is only on the way to it.
  func appendAsking(to upstream: UpstreamPointer) {
    let before = upstream.pointee.output.count
    upstream.pointee.output.append("*1\r\n$6\r\nASKING\r\n")
    upstream.pointee.pending.append(
      PendingReply(byteCount: UInt32(upstream.pointee.output.count - before), sentAt: now.stamp, purpose: .discard))
  }

  /// Has a transaction sent again after a pause.
  func repeatLater(_ transaction: TransactionExchange) {
    schedule(afterMilliseconds: Self.retryDelay, .repeatTransaction(transaction))
  }

  func sendAgain(_ request: [UInt8], _ entry: PendingReply, to upstream: UpstreamPointer) {
    if entry.attributes.contains(.isAsking) { appendAsking(to: upstream) }
    request.withUnsafeBytes { upstream.pointee.output.append($0) }
    upstream.pointee.pending.append(entry)
    markDirty(upstream)
  }
}

/// A request that a node could not execute yet.
struct DelayedRequest {
  let bytes: [UInt8]
  let entry: PendingReply
  let upstream: UpstreamPointer
}
