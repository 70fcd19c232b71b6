/// Replies reach a client in the order of its requests, wherever they come from.
extension Worker {
  /// Answers a request now. If earlier ones are not answered yet, the reply waits for theirs.
  @inline(__always)
  func respond(to client: ClientPointer, _ body: (inout ByteQueue) -> Void) {
    if let capture { return body(&capture.pointee) }
    let ticket = client.pointee.takeTicket()
    guard client.pointee.session.takesReplies else { return deliver(Self.nothing, ticket, to: client) }
    if ticket == client.pointee.head {
      body(&client.pointee.output)
      advance(client)
    } else {
      scratchReply.pointee.removeAll()
      body(&scratchReply.pointee)
      client.pointee.held.insert(ticket, scratchReply.pointee.readable)
    }
  }

  func respond(to client: ClientPointer, _ text: StaticString) {
    respond(to: client) { $0.append(text) }
  }

  static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

  /// Gives a reply its place. Replies of a request that was asked not to be answered are empty.
  func deliver(_ reply: UnsafeRawBufferPointer, _ ticket: UInt32, to client: ClientPointer) {
    if ticket == client.pointee.head {
      client.pointee.output.append(reply)
      advance(client)
    } else {
      client.pointee.held.insert(ticket, reply)
      if client.pointee.held.byteCount > limits.clientOutput { end(client) }
    }
  }

  /// The reply at the head has been written.
  @inline(__always)
  func advance(_ client: ClientPointer) {
    client.pointee.head &+= 1
    if !client.pointee.held.isEmpty {
      client.pointee.held.release(from: &client.pointee.head, to: &client.pointee.output)
    }
    wrote(client)
  }

  /// After something was appended to the client's output.
  @inline(__always)
  func wrote(_ client: ClientPointer) {
    markDirty(client)
    if client.pointee.outstanding == 0 { drained(client) }
  }

  /// All of the client's requests are answered.
  @inline(__always)
  private func drained(_ client: ClientPointer) {
    if client.pointee.lane == .exclusive { leaveExclusiveLane(client) }
    client.pointee.lane = .shared
    guard client.pointee.flags.contains(.waitsForReplies) else { return }
    client.pointee.flags.remove(.waitsForReplies)
    resume(client)
  }

  /// Looks at the client's next request only when all others are answered.
  func waitForReplies(_ client: ClientPointer) -> Bool {
    client.pointee.flags.insert(.waitsForReplies)
    return false
  }
}
