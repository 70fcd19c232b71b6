import RedisNamespaces

/// From the replies of nodes to the clients that wait for them.
extension Worker {
  /// Passes on all whole replies. Those that follow each other and are of one client are copied together.
  ///
  /// - Returns: how many bytes were used.
  func takeReplies(of upstream: UpstreamPointer, _ bytes: UnsafeRawBufferPointer) -> Int {
    var run = ReplyRun()
    var offset = 0
    /// Bytes of requests that are answered.
    var answered = 0
    while offset < bytes.count {
      let length: Int
      switch upstream.pointee.scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[offset...])) {
      case .reply(let byteCount): length = byteCount
      case .incomplete:
        end(&run, bytes)
        upstream.pointee.requestsAnswered(&answered)
        return offset
      case .failure:
        end(&run, bytes)
        upstream.pointee.requestsAnswered(&answered)
        lost(upstream, "it sent what is no reply")
        return bytes.count
      }
      if upstream.pointee.state == .ready, !upstream.pointee.scanner.isPush, !upstream.pointee.pending.isEmpty {
        let entry = upstream.pointee.pending[0]
        if entry.purpose == .forward, bytes[offset] != UInt8(ascii: "-"), let client = entry.client,
          entry.generation == client.pointee.generation, entry.ticket == client.pointee.head,
          client.pointee.held.isEmpty, entry.attributes.isDisjoint(with: .isSilent)
        {
          if run.client != client {
            end(&run, bytes)
            run = ReplyRun(client: client, start: offset)
          }
          client.pointee.counters.pointee.latencies.add(microseconds: state.pointee.now.stamp &- entry.sentAt)
          client.pointee.head &+= 1
          upstream.pointee.pending.removeFirst()
          answered += Int(entry.byteCount)
          offset += length
          run.end = offset
          continue
        }
      }
      end(&run, bytes)
      upstream.pointee.requestsAnswered(&answered)
      takeSpecial(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]), of: upstream)
      offset += length
      // What follows is of a connection that is no more.
      guard upstream.pointee.descriptor >= 0 else { return bytes.count }
    }
    end(&run, bytes)
    upstream.pointee.requestsAnswered(&answered)
    return offset
  }

  /// Copies the run to its client.
  @inline(__always)
  private func end(_ run: inout ReplyRun, _ bytes: UnsafeRawBufferPointer) {
    guard let client = run.client else { return }
    client.pointee.output.append(UnsafeRawBufferPointer(rebasing: bytes[run.start..<run.end]))
    wrote(client)
    run.client = nil
  }

  /// Any reply but a plain one at the head of its client.
  private func takeSpecial(_ reply: UnsafeRawBufferPointer, of upstream: UpstreamPointer) {
    if upstream.pointee.state == .greeting { return takeGreetingReply(reply, of: upstream) }
    if upstream.pointee.role == .subscriptions { return takeMessage(reply, of: upstream) }
    if upstream.pointee.scanner.isPush { return }
    guard !upstream.pointee.pending.isEmpty else { return lost(upstream, "it answered what was not asked") }
    let entry = upstream.pointee.pending[0]
    let isError = reply.first == UInt8(ascii: "-")
    if isError, !entry.attributes.contains(.keepsRedirects), follow(reply, entry, of: upstream) { return }
    upstream.pointee.pending.removeFirst()
    upstream.pointee.requestAnswered(Int(entry.byteCount))
    answer(entry, with: reply)
  }

  /// Gives a reply, from a node or of our own in its place, to whom it is for.
  func answer(_ entry: PendingReply, with reply: UnsafeRawBufferPointer) {
    if entry.purpose == .exchange {
      receive(reply, part: Int(entry.part), of: entry.detail)
      return
    }
    guard let client = entry.client, client.pointee.generation == entry.generation else { return }
    client.pointee.counters.pointee.latencies.add(microseconds: state.pointee.now.stamp &- entry.sentAt)
    let isError = reply.first == UInt8(ascii: "-")
    if isError { client.pointee.counters.pointee.errors &+= 1 }
    if entry.attributes.contains(.isSilent) {
      deliver(Self.nothing, entry.ticket, to: client)
    } else if entry.purpose == .forward, !isError {
      deliver(reply, entry.ticket, to: client)
    } else if entry.purpose == .discard {
      return
    } else {
      let translation = ReplyTranslation(rawValue: UInt8(truncatingIfNeeded: entry.detail)) ?? .errors
      scratchReply.pointee.removeAll()
      ReplyTranslator.translate(
        reply, entry.purpose == .forward ? .errors : translation, prefix: client.pointee.prefix,
        into: &scratchReply.pointee)
      deliver(scratchReply.pointee.readable, entry.ticket, to: client)
    }
  }
}

/// Replies that follow each other and are of the same client.
private struct ReplyRun {
  var client: ClientPointer?
  var start = 0
  var end = 0
}

extension Upstream {
  /// Requests need not be kept any longer.
  @inline(__always)
  mutating func requestsAnswered(_ byteCount: inout Int) {
    guard byteCount > 0 else { return }
    requestAnswered(byteCount)
    byteCount = 0
  }

  @inline(__always)
  mutating func requestAnswered(_ byteCount: Int) {
    output.consume(byteCount)
    sentBytes -= byteCount
    if output.isEmpty { output.shrinkWhenEmpty(keeping: 1024 * 1024) }
  }
}
