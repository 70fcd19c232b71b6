/// Commands that the proxy answers itself.
extension Worker {
  /// - Returns: false if the request has to be looked at again when the client's replies are out.
  func answer(_ command: LocalCommand, _ request: Request, of client: ClientPointer) -> Bool {
    client.pointee.counters.pointee.commands &+= 1
    switch command {
    case .auth, .hello, .reset, .select, .wait:
      // They change, or depend on, what is still outstanding.
      guard client.pointee.outstanding == 0 || capture != nil else { return waitForReplies(client) }
      switch command {
      case .auth: authenticate(request, of: client)
      case .hello: hello(request, of: client)
      case .reset: reset(client)
      case .select: select(request, of: client)
      default: wait(request, of: client)
      }
    case .ping: ping(request, of: client)
    case .quit:
      respond(to: client, "+OK\r\n")
      closeAfterReplies(client)
    case .info:
      answerInfo(request, client)
    case .role:
      respond(to: client) { reply in
        reply.append(arrayOf: 3)
        reply.append(bulk: "master")
        reply.append(integer: 0)
        reply.append(arrayOf: 0)
      }
    case .lastSave: respond(to: client) { $0.append(integer: startedAt) }
    case .aclWhoAmI: respond(to: client) { $0.append(bulk: client.pointee.session.userName) }
    case .clientGetName, .clientSetName, .clientID, .clientInfo, .clientList, .clientKill, .clientReply, .clientUnblock,
      .clientTracking, .clientTrackingInfo, .clientGetRedirection, .clientCaching, .clientNoEvict:
      answerClient(command, request, of: client)
    }
    return true
  }

  /// Answers a command of a transaction at its place in the reply of EXEC.
  func answer(_ bytes: [UInt8], of client: ClientPointer, in reply: inout ByteQueue) {
    capture(bytes, in: &reply) { request in
      guard let spec = commands.find(request) else { return }
      switch spec.pointee.handling {
      case .local(let command): _ = answer(command, request, of: client)
      case .script(let command): _ = take(command, request, spec, of: client)
      case .subscription(let command): _ = take(command, request, spec, of: client)
      default: break
      }
    }
  }

  private func capture(_ bytes: [UInt8], in reply: inout ByteQueue, _ body: (Request) -> Void) {
    var parser = RequestParser(limits: RequestLimits())
    parser.isAuthenticated = true
    bytes.withUnsafeBytes { bytes in
      guard case .request(let request) = parser.parse(bytes) else { return }
      withUnsafeMutablePointer(to: &reply) { reply in
        capture = reply
        body(request)
        capture = nil
      }
    }
  }

  private func ping(_ request: Request, of client: ClientPointer) {
    if request.count <= 2, client.pointee.resp == 2, client.pointee.session.hasSubscriptions {
      respond(to: client) { reply in
        reply.append(arrayOf: 2)
        reply.append(bulk: "pong")
        if request.count == 2 { reply.append(bulk: request[1]) } else { reply.append(bulk: "") }
      }
    } else if request.count == 1 {
      respond(to: client, "+PONG\r\n")
    } else if request.count == 2 {
      respond(to: client) { $0.append(bulk: request[1]) }
    } else {
      respond(to: client, "-ERR wrong number of arguments for 'ping' command\r\n")
    }
  }

  private func select(_ request: Request, of client: ClientPointer) {
    let named = DatabaseCommands.database(request[1])
    if let error = named.error { return respond(to: client, error) }
    guard case .number(let database) = named else { return }
    client.pointee.session.database = database
    updatePrefix(of: client)
    respond(to: client, "+OK\r\n")
  }

  /// `WAIT replicas milliseconds`. A server looks at the last command of the connection that asks; a `PING` in front makes that
  /// one later than all that this client did.
  private func wait(_ request: Request, of client: ClientPointer) {
    guard Decimal.read(request[1]) != nil else {
      return respond(to: client, "-ERR value is not an integer or out of range\r\n")
    }
    guard let milliseconds = Decimal.read(request[2]) else {
      return respond(to: client, "-ERR timeout is not an integer or out of range\r\n")
    }
    guard milliseconds >= 0 else { return respond(to: client, "-ERR timeout is negative\r\n") }
    guard capture == nil else { return respond(to: client, ":0\r\n") }
    guard let namespace = client.pointee.session.namespace else { return }
    guard !client.pointee.session.nodeHasChanged else {
      // The new node's replicas may all have what it has, and it may lack what the old one acknowledged.
      client.pointee.session.nodeHasChanged = false
      return respond(to: client, ":0\r\n")
    }
    let slot = namespace.slot.map { UInt16($0) } ?? Self.homeSlot(of: namespace)
    guard let upstream = takeExclusive(slot, client) else { return respond(to: client, Self.unserved) }
    client.pointee.lane = .exclusive
    client.pointee.session.exclusive.append(upstream)
    upstream.pointee.output.append("*1\r\n$4\r\nPING\r\n")
    upstream.pointee.pending.append(PendingReply(byteCount: 14, sentAt: now.stamp, purpose: .discard))
    let before = upstream.pointee.output.count
    upstream.pointee.output.append(arrayOf: request.count)
    for index in 0..<request.count { upstream.pointee.output.append(bulk: request[index]) }
    upstream.pointee.pending.append(
      PendingReply(
        client: client, generation: client.pointee.generation, ticket: client.pointee.takeTicket(),
        byteCount: UInt32(upstream.pointee.output.count - before), sentAt: now.stamp, purpose: .forward))
    markDirty(upstream)
    client.pointee.flags.insert(.waitsForReplies)
  }
}
