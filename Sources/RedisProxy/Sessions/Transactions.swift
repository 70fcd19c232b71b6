import RedisNamespaces

/// MULTI, EXEC, DISCARD, WATCH, UNWATCH. Commands are queued here and sent together at EXEC, as one piece, so that a shared
/// connection is never left in a transaction.
final class Transaction {
  var items: [TransactionItem] = []
  /// A command was refused when it was queued.
  var isBroken = false
  /// In a spread namespace, of the keys so far, with those that are watched.
  var slot: UInt16?
  var byteCount = 0
  /// Of queued SELECTs.
  var database: Int

  init(database: Int, slot: UInt16?) {
    self.database = database
    self.slot = slot
  }
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
      session.transaction = Transaction(database: session.database, slot: session.watchedSlot)
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
    guard let namespace = client.pointee.session.namespace else { return }
    let prefix = namespace.prefix(ofDatabase: transaction.database)
    transaction.byteCount += request.byteCount + Self.itemOverhead
    guard transaction.byteCount <= limits.requestBytes else {
      transaction.items = []
      transaction.isBroken = true
      return respond(to: client, "-ERR the transaction is larger than a request may be\r\n")
    }
    let queued: Result<TransactionItem, RefusedItem>
    switch spec.pointee.handling {
    case .keys: queued = item(.errors)
    case .keysInReply(let translation): queued = item(translation)
    case .blocking(let translation): queued = item(translation ?? .errors)
    case .local(let command):
      if command == .select, let database = Decimal.read(request[1]), (0..<Namespace.databases).contains(database) {
        transaction.database = database
      }
      queued = .success(TransactionItem(answer: .own(request.bytes)))
    // Within MULTI it comes too late to do anything (redis.io, "UNWATCH").
    case .transaction(.unwatch): queued = .success(TransactionItem(answer: .done))
    case .script(let command): queued = script(command, request, spec, in: transaction, namespace)
    case .subscription(let command): queued = subscription(command, request, spec, in: transaction, namespace)
    case .keySpace(.copy) where !namesDatabase(request): queued = item(.errors)
    case .keySpace(.copy), .keySpace(.move): queued = betweenDatabases(request, spec, in: transaction, namespace)
    case .keySpace(let command): queued = keySpace(command, request, spec, in: transaction, namespace)
    case .refused(let refusal):
      queued = refused { CommandErrors.appendRefusal(refusal, of: spec, to: &$0) }
    case .transaction:
      queued = refused { CommandErrors.appendOutsideTransactions(spec, to: &$0) }
    }
    switch queued {
    case .success(let item):
      transaction.items.append(item)
      respond(to: client, "+QUEUED\r\n")
    case .failure(let refusal):
      transaction.isBroken = true
      respond(to: client) { output in refusal.error.withUnsafeBytes { output.append($0) } }
    }

    func item(_ translation: ReplyTranslation) -> Result<TransactionItem, RefusedItem> {
      KeyPositions.find(spec, request, into: &keys.pointee)
      guard claimSlot(for: request, prefix, in: transaction, namespace) else { return .failure(.crossSlot) }
      var queue = ByteQueue()
      RequestWriter.append(request, keys: keys.pointee, prefix: prefix, to: &queue)
      return .success(
        TransactionItem(
          request: Array(queue.readable), answer: .translated(translation, database: transaction.database)))
    }
  }

  /// About what a queued command takes beside its bytes.
  private static let itemOverhead = 64

  /// Has the slot of a request's keys, whose indexes `keys` holds, be that of the transaction.
  ///
  /// - Returns: false if they are not all in the slot of the others.
  func claimSlot(
    for request: Request, _ prefix: UnsafeRawBufferPointer, in transaction: Transaction, _ namespace: Namespace
  ) -> Bool {
    guard namespace.slot == nil else { return true }
    for index in 0..<keys.pointee.count {
      let slot = UInt16(HashSlot(ofKey: request[keys.pointee[index]], prefix: prefix).number)
      guard claim(slot, in: transaction) else { return false }
    }
    return true
  }

  func claim(_ slot: UInt16, in transaction: Transaction) -> Bool {
    guard slot == transaction.slot ?? slot else { return false }
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
    let lane: Client.Lane = session.isWatching ? .exclusive : .shared
    guard enter(lane, client) else { return waitForReplies(client) }
    guard let namespace = session.namespace else { return true }
    guard let items = resolved(transaction.items, namespace, of: client) else { return waitForReplies(client) }
    if session.watchIsBroken {
      endTransaction(client)
      unwatch(client)
      respond(to: client) { $0.append(client.pointee.resp == 3 ? "_\r\n" : "*-1\r\n") }
      return true
    }
    let slot =
      transaction.slot ?? session.watchedSlot ?? namespace.slot.map { UInt16($0) } ?? Self.homeSlot(of: namespace)
    guard let upstream = session.isWatching ? session.watching : shared(slot, client) else {
      endTransaction(client)
      unwatch(client)
      respond(to: client, Self.unserved)
      return true
    }
    endTransaction(client)
    let exchange = TransactionExchange(for: client, items, namespace, slot: slot, on: self)
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
