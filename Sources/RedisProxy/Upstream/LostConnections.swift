import Glibc

/// What becomes of requests when a connection to a node is lost.
extension Worker {
  /// The connection is of no use any more. What was not executed, or may be executed twice, is sent again; of the rest
  /// nobody knows whether it was executed, which is what its clients are told.
  func lost(_ upstream: UpstreamPointer, _ reason: String) {
    guard upstream.pointee.state != .closed else { return }
    upstream.pointee.details.lastError = reason
    let entries = disconnect(upstream)
    if upstream.pointee.role == .shared || upstream.pointee.role == .scripts || upstream.pointee.details.owner != nil {
      coordinator.refreshTopology()
    }
    switch upstream.pointee.role {
    case .shared, .scripts:
      upstream.pointee.failures += 1
      if upstream.pointee.troubleSince == nil { upstream.pointee.troubleSince = now }
      let delay = min(1000, 10 << min(upstream.pointee.failures, 7))
      schedule(afterMilliseconds: upstream.pointee.failures == 1 ? 0 : delay, .connect(upstream))
      for (entry, request) in entries { sendAgainOrFail(entry, request, of: upstream) }
    case .exclusive:
      link(to: upstream.pointee.details.endpoint).forgetIdle(upstream)
      upstream.pointee.state = .closed
      closedUpstreams.append(upstream)
      let owner = upstream.pointee.details.owner
      upstream.pointee.details.owner = nil
      for (entry, request) in entries {
        answer(entry, with: request == nil ? Self.outcomeUnknown.bytes : Self.unreachable.bytes)
      }
      if let owner { lostExclusive(upstream, of: owner) }
    case .subscriptions:
      upstream.pointee.state = .closed
      closedUpstreams.append(upstream)
      let owner = upstream.pointee.details.owner
      upstream.pointee.details.owner = nil
      for (entry, _) in entries { answer(entry, with: Self.outcomeUnknown.bytes) }
      if let owner { lostSubscriptions(upstream, of: owner) }
    }
  }

  /// Closes the socket and takes the requests off, each with its bytes if it may be sent again.
  private func disconnect(_ upstream: UpstreamPointer) -> [(PendingReply, [UInt8]?)] {
    if upstream.pointee.descriptor >= 0 {
      events.remove(upstream.pointee.descriptor)
      close(upstream.pointee.descriptor)
      upstream.pointee.descriptor = -1
    }
    upstream.pointee.state = .idle
    upstream.pointee.waitsForRoom = false
    upstream.pointee.input.removeAll()
    upstream.pointee.scanner = ReplyScanner()
    upstream.pointee.greeting.removeAll()
    var entries: [(PendingReply, [UInt8]?)] = []
    var offset = 0
    let bytes = upstream.pointee.output.readable
    let cut = brokenExchanges(of: upstream)
    for index in 0..<upstream.pointee.pending.count {
      let entry = upstream.pointee.pending[index]
      let end = offset + Int(entry.byteCount)
      // A request of which a part was not sent has not been executed. The requests of one transaction stay together.
      let mayHaveRun =
        entry.attributes.contains(.keepsRedirects)
        ? cut.contains(entry.detail) : end <= upstream.pointee.sentBytes
      let isRepeatable = !mayHaveRun || entry.attributes.contains(.isReadOnly)
      entries.append((entry, isRepeatable ? Array(bytes[offset..<end]) : nil))
      offset = end
    }
    upstream.pointee.pending.removeAll()
    upstream.pointee.output.removeAll()
    upstream.pointee.sentBytes = 0
    return entries
  }

  /// Of the exchanges whose requests belong together, those that cannot be sent again: the last of them was sent, or the
  /// first was answered.
  private func brokenExchanges(of upstream: UpstreamPointer) -> Set<UInt32> {
    var broken: Set<UInt32> = []
    var seen: Set<UInt32> = []
    var offset = 0
    for index in 0..<upstream.pointee.pending.count {
      let entry = upstream.pointee.pending[index]
      offset += Int(entry.byteCount)
      guard entry.attributes.contains(.keepsRedirects) else { continue }
      if seen.insert(entry.detail).inserted, entry.part != 0 { broken.insert(entry.detail) }
      // Only the last one of them, by the order, decides.
      if offset <= upstream.pointee.sentBytes, isLast(entry, index, of: upstream) { broken.insert(entry.detail) }
    }
    return broken
  }

  private func isLast(_ entry: PendingReply, _ index: Int, of upstream: UpstreamPointer) -> Bool {
    guard index + 1 < upstream.pointee.pending.count else { return true }
    let next = upstream.pointee.pending[index + 1]
    return !(next.purpose == .exchange && next.detail == entry.detail)
  }

  private func sendAgainOrFail(_ entry: PendingReply, _ request: [UInt8]?, of upstream: UpstreamPointer) {
    // An ASKING is sent again with the request behind it.
    if entry.purpose == .discard, entry.client == nil { return }
    guard let request else { return answer(entry, with: Self.outcomeUnknown.bytes) }
    guard now.stamp &- entry.sentAt < UInt32(limits.lostNodeMilliseconds) * 1000 else {
      return answer(entry, with: Self.unreachable.bytes)
    }
    if entry.client?.pointee.generation == entry.generation, let client = entry.client,
      client.pointee.outstanding > 0
    {
      client.pointee.flags.insert(.waitsForReplies)
    }
    var entry = entry
    entry.attributes.remove(.isAsking)
    sendAgain(request, entry, to: place(of: entry, otherwise: upstream))
  }

  /// Where the slot of a request is served by now.
  private func place(of entry: PendingReply, otherwise upstream: UpstreamPointer) -> UpstreamPointer {
    guard entry.slot != PendingReply.noSlot, let endpoint = topology?.master(of: Int(entry.slot)),
      endpoint != upstream.pointee.details.endpoint
    else { return upstream }
    return counterpart(of: upstream, at: endpoint)
  }

  /// Takes requests that wait for a node that cannot be reached to another one that serves their slots now, and ends the
  /// waiting of those that have waited long enough.
  func reconsiderWaiting(_ upstream: UpstreamPointer) {
    leaveIfReplaced(upstream)
    guard upstream.pointee.state != .ready, upstream.pointee.state != .closed, !upstream.pointee.pending.isEmpty,
      upstream.pointee.troubleSince != nil
    else { return }
    let isConnecting = upstream.pointee.state != .idle
    let mayStay = (0..<upstream.pointee.pending.count).allSatisfy { index in
      let entry = upstream.pointee.pending[index]
      return now.stamp &- entry.sentAt < UInt32(limits.lostNodeMilliseconds) * 1000
        && place(of: entry, otherwise: upstream) == upstream
    }
    guard !mayStay else { return }
    let entries = disconnect(upstream)
    if isConnecting { schedule(afterMilliseconds: 100, .connect(upstream)) }
    for (entry, request) in entries { sendAgainOrFail(entry, request, of: upstream) }
  }

  /// Gives up a connection whose node has been silent for a second, if another node serves the slot it was asked about: it
  /// hangs, and will not be asked again before it knows that it is a replica.
  private func leaveIfReplaced(_ upstream: UpstreamPointer) {
    guard upstream.pointee.state == .ready, !upstream.pointee.pending.isEmpty,
      now - upstream.pointee.lastReply >= 1_000_000,
      now.stamp &- upstream.pointee.pending[0].sentAt >= 1_000_000,
      place(of: upstream.pointee.pending[0], otherwise: upstream) != upstream
    else { return }
    lost(upstream, "another node serves its slots")
  }

  /// Gives up a connection of a client's own when another node has taken the place of its own for a second or two. One that
  /// is alive ends by then itself what it cannot serve any more, also a blocking command (`clientsCron` in Redis).
  private func leaveExclusiveIfReplaced(_ upstream: UpstreamPointer) {
    guard upstream.pointee.state == .ready, !upstream.pointee.pending.isEmpty else { return }
    guard isReplaced(upstream) else {
      upstream.pointee.troubleSince = nil
      return
    }
    guard let since = upstream.pointee.troubleSince else {
      upstream.pointee.troubleSince = now
      return
    }
    if now - since >= 900_000 { lost(upstream, "another node serves its slots") }
  }

  /// Whether the oldest request of a connection belongs elsewhere by now; of one without keys, whether its node is no
  /// master any more.
  func isReplaced(_ upstream: UpstreamPointer) -> Bool {
    guard let topology, !upstream.pointee.pending.isEmpty else { return false }
    let endpoint = upstream.pointee.details.endpoint
    let slot = upstream.pointee.pending[0].slot
    if slot != PendingReply.noSlot { return topology.master(of: Int(slot)) ?? endpoint != endpoint }
    return topology.nodes.contains { $0.endpoint == endpoint && ($0.isFailed || $0.master != nil) }
  }

  /// Gives up a connection whose node accepts requests but has not answered for too long.
  func checkSilence(of upstream: UpstreamPointer) {
    guard upstream.pointee.descriptor >= 0 else { return }
    let limit = UInt32(limits.lostNodeMilliseconds) * 1000
    if upstream.pointee.role == .exclusive { leaveExclusiveIfReplaced(upstream) }
    if upstream.pointee.state == .ready {
      // A blocking command may wait as long as it likes.
      guard upstream.pointee.role == .shared || upstream.pointee.role == .scripts,
        !upstream.pointee.pending.isEmpty, now.stamp &- upstream.pointee.pending[0].sentAt >= limit,
        now - max(upstream.pointee.lastReply, upstream.pointee.details.lastProof) >= Int64(limit)
      else { return }
      lost(upstream, "it does not answer")
    } else if now - upstream.pointee.lastReply >= 2_000_000 {
      lost(upstream, "it does not answer")
    }
  }

  private static let outcomeUnknown = StaticReply(
    "-ERR the connection to the server was lost, and it is not known whether the command was executed\r\n")
  private static let unreachable = StaticReply("-ERR the server cannot be reached at the moment\r\n")

  func recycleUpstreams() {
    for upstream in closedUpstreams where !upstream.pointee.isDirty {
      upstream.deinitialize(count: 1)
      freeUpstreams.append(upstream)
    }
    closedUpstreams.removeAll()
  }
}

/// A reply that is part of the program.
struct StaticReply: Sendable {
  private let text: StaticString

  init(_ text: StaticString) { self.text = text }

  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
  }
}
