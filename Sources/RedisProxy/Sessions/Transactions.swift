/// MULTI, EXEC, DISCARD, WATCH, UNWATCH. Commands are queued here and sent together at EXEC, as one piece, so that a shared
/// connection is never left in a transaction.
final class Transaction {
  enum Item {
    /// For the server, with prefixes.
    case request([UInt8], ReplyTranslation, database: Int)
    /// Answered by the proxy at EXEC.
    case local(LocalCommand, [UInt8])
    /// Has nothing to do at EXEC but to say so.
    case done
    /// Is bound to fail at EXEC.
    case failure(StaticString)
    /// About the scripts that the proxy keeps.
    case script(ScriptCommand, [UInt8])
  }

  var items: [Item] = []
  /// A command was refused when it was queued.
  var isBroken = false
  /// Of the keys so far.
  var slot: UInt16?
  var usesScripts = false
  /// Of queued SELECTs.
  var database: Int

  init(database: Int) { self.database = database }
}

extension Worker {
  func take(
    _ command: TransactionCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer
  ) -> Bool {
    let session = client.pointee.session
    client.pointee.counters.pointee.commands &+= 1
    switch command {
    case .multi:
      guard session.transaction == nil else {
        respond(to: client, "-ERR MULTI calls can not be nested\r\n")
        return true
      }
      session.transaction = Transaction(database: session.database)
      updateSpecial(client)
      respond(to: client, "+OK\r\n")
    case .exec: return execute(client)
    case .discard:
      guard session.transaction != nil else {
        respond(to: client, "-ERR DISCARD without MULTI\r\n")
        return true
      }
      endTransaction(client)
      unwatch(client)
      respond(to: client, "+OK\r\n")
    case .watch: return watch(request, spec, of: client)
    case .unwatch:
      unwatch(client)
      respond(to: client, "+OK\r\n")
    }
    return true
  }

  /// Queues a command within MULTI.
  func queue(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, in transaction: Transaction, of client: ClientPointer
  ) {
    func refuse(_ error: StaticString) {
      transaction.isBroken = true
      respond(to: client, error)
    }
    switch spec.pointee.handling {
    case .keys: append(.errors)
    case .keysInReply(let translation): append(translation)
    case .blocking(let translation): append(translation ?? .errors)
    case .local(let command):
      if command == .select, let database = Decimal.read(request[1]), (0..<Namespace.databases).contains(database) {
        transaction.database = database
      }
      transaction.items.append(.local(command, request.bytes))
      respond(to: client, "+QUEUED\r\n")
    case .transaction(.unwatch):
      // Within MULTI it comes too late to do anything (redis.io, "UNWATCH").
      transaction.items.append(.done)
      respond(to: client, "+QUEUED\r\n")
    case .script(let command):
      if let error = queueScript(command, request, spec, in: transaction, of: client) {
        transaction.isBroken = true
        return error.withUnsafeBytes { bytes in respond(to: client) { $0.append(bytes) } }
      }
      respond(to: client, "+QUEUED\r\n")
    case .subscription(.publish), .subscription(.shardPublish):
      transaction.items.append(.request(publication(request, of: client), .errors, database: 0))
      respond(to: client, "+QUEUED\r\n")
    case .refused(let refusal):
      transaction.isBroken = true
      respond(to: client) { CommandErrors.appendRefusal(refusal, of: spec, to: &$0) }
    case .keySpace(.copy) where !namesDatabase(request): append(.errors)
    case .keySpace, .subscription, .transaction:
      refuse("-ERR this command is not available inside a transaction of a namespace\r\n")
    }

    func append(_ translation: ReplyTranslation) {
      guard let namespace = client.pointee.session.namespace else { return }
      KeyPositions.find(spec, request, into: &keys.pointee)
      guard claimSlot(for: request, in: transaction, of: client) else { return refuse(Self.crossSlot) }
      scratchReply.pointee.removeAll()
      RequestWriter.append(
        request, keys: keys.pointee, prefix: namespace.prefix(ofDatabase: transaction.database),
        to: &scratchReply.pointee)
      transaction.items.append(
        .request(Array(scratchReply.pointee.readable), translation, database: transaction.database))
      respond(to: client, "+QUEUED\r\n")
    }
  }

  /// - Returns: false if the keys, whose indexes `keys` holds, are not all in the slot of the transaction's others.
  func claimSlot(for request: Request, in transaction: Transaction, of client: ClientPointer) -> Bool {
    guard client.pointee.session.namespace?.slot == nil, !keys.pointee.isEmpty else { return true }
    guard case .slot(let slot) = place(request, of: client),
      slot == transaction.slot ?? client.pointee.session.watchedSlot ?? slot
    else { return false }
    transaction.slot = slot
    return true
  }

  private func endTransaction(_ client: ClientPointer) {
    client.pointee.session.transaction = nil
    updateSpecial(client)
  }

  private func execute(_ client: ClientPointer) -> Bool {
    let session = client.pointee.session
    guard let transaction = session.transaction else {
      respond(to: client, "-ERR EXEC without MULTI\r\n")
      return true
    }
    if transaction.isBroken {
      endTransaction(client)
      unwatch(client)
      respond(to: client, "-EXECABORT Transaction discarded because of previous errors.\r\n")
      return true
    }
    let lane: Client.Lane = session.isWatching ? .exclusive : transaction.usesScripts ? .scripts : .shared
    guard enter(lane, client) else { return waitForReplies(client) }
    if session.watchIsBroken {
      endTransaction(client)
      unwatch(client)
      respond(to: client) { $0.append(client.pointee.resp == 3 ? "_\r\n" : "*-1\r\n") }
      return true
    }
    let slot =
      transaction.slot ?? session.watchedSlot
      ?? session.namespace.map { namespace in
        namespace.slot.map { UInt16($0) } ?? Self.homeSlot(of: namespace)
      }
    guard let slot, let upstream = transactionUpstream(slot, lane, client) else {
      endTransaction(client)
      unwatch(client)
      respond(to: client, Self.unserved)
      return true
    }
    endTransaction(client)
    let exchange = TransactionExchange(for: client, transaction.items, slot: slot)
    exchange.send(to: upstream, on: self)
    if session.isWatching {
      // EXEC forgets what was watched; the connection is given back when it is answered.
      session.exclusive.append(upstream)
      session.forgetWatch()
    }
    if exchange.changesSession {
      client.pointee.flags.insert(.waitsForReplies)
    }
    return true
  }

  private func transactionUpstream(_ slot: UInt16, _ lane: Client.Lane, _ client: ClientPointer) -> UpstreamPointer? {
    switch lane {
    case .exclusive: return client.pointee.session.watching
    case .shared: return shared(slot, client)
    case .scripts: return scripts(slot, client)
    }
  }

  // MARK: Watching

  private func watch(_ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer) -> Bool {
    let session = client.pointee.session
    guard session.transaction == nil else {
      respond(to: client, "-ERR WATCH inside MULTI is not allowed\r\n")
      return true
    }
    guard enter(.exclusive, client) else { return waitForReplies(client) }
    KeyPositions.find(spec, request, into: &keys.pointee)
    guard case .slot(let slot) = place(request, of: client), slot == session.watchedSlot ?? slot else {
      respond(to: client, Self.crossSlot)
      return true
    }
    guard let upstream = session.watching ?? takeExclusive(slot, client) else {
      respond(to: client, Self.unserved)
      return true
    }
    session.watching = upstream
    session.watchedSlot = slot
    session.isWatching = true
    send(request, spec, of: client, .errors, slot: slot, to: upstream)
    return true
  }

  /// Gives the connection back on which keys are watched.
  func unwatch(_ client: ClientPointer) {
    let session = client.pointee.session
    guard let upstream = session.watching else { return session.forgetWatch() }
    session.forgetWatch()
    let before = upstream.pointee.output.count
    upstream.pointee.output.append("*1\r\n$7\r\nUNWATCH\r\n")
    upstream.pointee.pending.append(
      PendingReply(
        byteCount: UInt32(upstream.pointee.output.count - before), sentAt: now.stamp, purpose: .discard))
    markDirty(upstream)
    if client.pointee.outstanding > 0 {
      session.exclusive.append(upstream)
    } else {
      giveBack(upstream)
    }
  }
}

extension Session {
  func forgetWatch() {
    watching = nil
    watchedSlot = nil
    isWatching = false
    watchIsBroken = false
  }
}

extension Request {
  /// The request itself, to be read again later.
  var bytes: [UInt8] {
    var queue = ByteQueue()
    queue.append(arrayOf: count)
    for index in 0..<count { queue.append(bulk: self[index]) }
    return Array(queue.readable)
  }
}
