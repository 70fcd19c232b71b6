/// What a command comes to that is not simply passed on.
extension Worker {
  func takeUnknown(_ request: Request, of client: ClientPointer) {
    client.pointee.session.transaction?.isBroken = true
    respond(to: client) { CommandErrors.appendUnknown(request, to: &$0) }
  }

  /// - Returns: false if the request has to be looked at again when the client's replies are out.
  @inline(never)
  func takeSpecial(_ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer) -> Bool {
    let session = client.pointee.session
    guard session.replies == .skipsNext else { return takeChecked(request, spec, of: client) }
    session.takesReplies = false
    session.replies = .on
    let isTaken = takeChecked(request, spec, of: client)
    if isTaken {
      session.takesReplies = session.replies != .off
      updateSpecial(client)
    } else {
      session.replies = .skipsNext
    }
    return isTaken
  }

  private func takeChecked(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer
  ) -> Bool {
    let session = client.pointee.session
    guard spec.pointee.accepts(argumentCount: request.count) else {
      session.transaction?.isBroken = true
      respond(to: client) { CommandErrors.appendWrongArity(spec, to: &$0) }
      return true
    }
    guard session.namespace != nil || spec.pointee.flags.contains(.noLogin) else {
      respond(to: client, "-NOAUTH Authentication required.\r\n")
      return true
    }
    if session.hasSubscriptions, client.pointee.resp == 2, !spec.pointee.isAllowedWhileSubscribed {
      respond(to: client) { reply in
        reply.append("-ERR Can't execute '")
        reply.append(spec.pointee.name)
        reply.append(
          "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n")
      }
      return true
    }
    return takeAllowed(request, spec, of: client)
  }

  private func takeAllowed(_ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer) -> Bool {
    let session = client.pointee.session
    if let transaction = session.transaction, !spec.pointee.isTransactional {
      queue(request, spec, in: transaction, of: client)
      return true
    }
    switch spec.pointee.handling {
    case .keys: return pass(request, spec, of: client, .errors)
    case .keysInReply(let translation): return pass(request, spec, of: client, translation)
    case .blocking(let translation):
      return BlockingCommand.waits(spec, request)
        ? block(request, spec, of: client, translation ?? .errors)
        : pass(request, spec, of: client, translation ?? .errors)
    case .local(let command): return answer(command, request, of: client)
    case .refused(let refusal):
      respond(to: client) { CommandErrors.appendRefusal(refusal, of: spec, to: &$0) }
      return true
    case .transaction(let command): return take(command, request, spec, of: client)
    case .keySpace(let command): return take(command, request, spec, of: client)
    case .subscription(let command): return take(command, request, spec, of: client)
    case .script(let command): return take(command, request, spec, of: client)
    }
  }

  /// Passes a command on whose reply is translated, or whose client's commands are not all simply passed on.
  func pass(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer, _ translation: ReplyTranslation
  ) -> Bool {
    guard enter(.shared, client) else { return waitForReplies(client) }
    KeyPositions.find(spec, request, into: &keys.pointee)
    switch place(request, of: client) {
    case .several:
      if spec.pointee.split == .none {
        respond(to: client, Self.crossSlot)
      } else {
        split(request, spec, of: client)
      }
    case .slot(let slot):
      if let upstream = shared(slot, client) {
        send(request, spec, of: client, translation, slot: slot, to: upstream)
      } else {
        respond(to: client, Self.unserved)
      }
    }
    return true
  }

  /// Sends a request whose keys `keys` holds, and has its reply passed on.
  func send(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer, _ translation: ReplyTranslation,
    slot: UInt16, prefix: UnsafeRawBufferPointer? = nil, to upstream: UpstreamPointer
  ) {
    let before = upstream.pointee.output.count
    RequestWriter.append(
      request, keys: keys.pointee, prefix: prefix ?? client.pointee.prefix, to: &upstream.pointee.output)
    var attributes: PendingReply.Attributes = spec.pointee.flags.contains(.readOnly) ? .isReadOnly : []
    if !client.pointee.session.takesReplies { attributes.insert(.isSilent) }
    upstream.pointee.pending.append(
      PendingReply(
        client: client, generation: client.pointee.generation, ticket: client.pointee.takeTicket(),
        byteCount: UInt32(truncatingIfNeeded: upstream.pointee.output.count - before), sentAt: now.stamp,
        detail: UInt32(translation.rawValue), slot: slot, purpose: translation == .errors ? .forward : .translate,
        attributes: attributes))
    client.pointee.counters.pointee.commands &+= 1
    markDirty(upstream)
  }

  /// Changes to another kind of connections, if nothing is outstanding on those before: nobody keeps the order between
  /// connections.
  ///
  /// - Returns: false if the client has to wait for replies first.
  func enter(_ lane: Client.Lane, _ client: ClientPointer) -> Bool {
    guard client.pointee.lane != lane else { return true }
    guard client.pointee.outstanding == 0 else { return false }
    client.pointee.lane = lane
    return true
  }
}

extension CommandSpec {
  /// What is executed at once within MULTI.
  fileprivate var isTransactional: Bool {
    switch handling {
    case .transaction(.exec), .transaction(.discard), .transaction(.multi), .transaction(.watch), .local(.quit),
      .local(.reset):
      true
    default: false
    }
  }

  /// What Redis allows a RESP2 client that has subscriptions.
  fileprivate var isAllowedWhileSubscribed: Bool {
    switch handling {
    case .local(.ping), .local(.quit), .local(.reset): true
    case .subscription(let command): command.isAboutOwnSubscriptions
    default: false
    }
  }
}

extension SubscriptionCommand {
  var isAboutOwnSubscriptions: Bool {
    switch self {
    case .subscribe, .unsubscribe, .patternSubscribe, .patternUnsubscribe, .shardSubscribe, .shardUnsubscribe: true
    default: false
    }
  }
}
