import RedisNamespaces

/// Why a command cannot be queued, as the client is told.
struct RefusedItem: Error {
  let error: [UInt8]

  static let crossSlot = RefusedItem(error: Array(StaticReply(Worker.crossSlot).bytes))
}

/// What the commands that the proxy answers by more than passing them on come to within MULTI.
extension Worker {
  typealias QueuedItem = Result<TransactionItem, RefusedItem>

  func refused(_ body: (inout ByteQueue) -> Void) -> QueuedItem {
    var queue = ByteQueue()
    body(&queue)
    return .failure(RefusedItem(error: Array(queue.readable)))
  }

  /// Publishing and asking. A subscription is on a connection of its own, so that it cannot begin between the commands of a
  /// transaction.
  func subscription(
    _ command: SubscriptionCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>,
    in transaction: Transaction, _ namespace: Namespace
  ) -> QueuedItem {
    let prefix = namespace.prefix(ofDatabase: 0)
    var queue = ByteQueue()
    switch command {
    case .publish, .shardPublish:
      keys.pointee.removeAll()
      keys.pointee.append(1)
      guard command == .publish || claimSlot(for: request, prefix, in: transaction, namespace) else {
        return .failure(.crossSlot)
      }
      RequestWriter.append(request, keys: keys.pointee, prefix: prefix, to: &queue)
      return .success(TransactionItem(request: Array(queue.readable), answer: .translated(.errors, database: 0)))
    case .numberOfPatterns: return .success(TransactionItem(answer: .own(request.bytes)))
    case .channels, .shardChannels, .numberOfSubscribers, .shardNumberOfSubscribers:
      if ChannelList.hasTooManyArguments(command, request) {
        ChannelList.appendTooManyArguments(request, to: &queue)
        return .success(TransactionItem(answer: .failure(Array(queue.readable))))
      }
      // Subscribers are at the node of the namespace's messages.
      guard namespace.slot != nil || claim(Self.homeSlot(of: namespace), in: transaction) else {
        return .failure(.crossSlot)
      }
      ChannelList.appendQuestion(command, request, prefix: prefix, to: &queue)
      return .success(TransactionItem(request: Array(queue.readable), answer: .channels))
    case .subscribe, .unsubscribe, .patternSubscribe, .patternUnsubscribe, .shardSubscribe, .shardUnsubscribe:
      return refused { CommandErrors.appendOutsideTransactions(spec, to: &$0) }
    }
  }

  /// `MOVE key n`, `COPY source destination DB n`.
  func betweenDatabases(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, in transaction: Transaction, _ namespace: Namespace
  ) -> QueuedItem {
    let isCopy = spec.pointee.handling == .keySpace(.copy)
    let database = isCopy ? DatabaseCommands.database(ofCopy: request) : DatabaseCommands.database(request[2])
    if let error = database.error { return .success(.failure(error)) }
    guard case .number(let number) = database else { return .success(.failure("-ERR syntax error\r\n")) }
    guard isCopy || number != transaction.database else {
      return .success(.failure("-ERR source and destination objects are the same\r\n"))
    }
    let source = namespace.prefix(ofDatabase: transaction.database)
    let destination = namespace.prefix(ofDatabase: number)
    for (index, prefix) in [(1, source), (isCopy ? 2 : 1, destination)] where namespace.slot == nil {
      let slot = UInt16(HashSlot(ofKey: request[index], prefix: prefix).number)
      guard claim(slot, in: transaction) else { return .failure(.crossSlot) }
    }
    var queue = ByteQueue()
    if isCopy {
      DatabaseCommands.appendCopy(request, source: source, destination: destination, to: &queue)
    } else {
      DatabaseCommands.appendMove(request, source: source, destination: destination, to: &queue)
    }
    return .success(TransactionItem(request: Array(queue.readable), answer: .betweenDatabases))
  }

  /// About all keys of a database: a script of the proxy's own, since the node of the slot has them all. Those of a spread
  /// namespace are on several nodes, and no transaction is.
  func keySpace(
    _ command: KeySpaceCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, in transaction: Transaction,
    _ namespace: Namespace
  ) -> QueuedItem {
    guard let slot = namespace.slot else {
      return refused {
        CommandErrors.appendOutsideTransactions(
          spec, "is not available inside a transaction of a namespace that is spread over several nodes", to: &$0)
      }
    }
    let database = transaction.database
    func item(_ question: KeySpaceScript.Question, _ answer: TransactionItem.Answer, all: Bool = false) -> QueuedItem {
      let databases = all ? 0..<Namespace.databases : database..<database + 1
      let prefixes = databases.map { namespace.prefix(ofDatabase: $0) }
      var queue = ByteQueue()
      KeySpaceScript.append(question, slot: slot, prefixes: prefixes, to: &queue)
      return .success(TransactionItem(request: Array(queue.readable), listsKeys: true, answer: answer))
    }
    switch command {
    case .databaseSize: return item(.count, .translated(.errors, database: database))
    case .randomKey: return item(.random, .translated(.keys, database: database))
    case .keys: return item(.list(type: nil), .keys(pattern: Array(request[1]), database: database))
    case .scan:
      switch ScanRequest.parse(request) {
      case .failure(let error): return .success(TransactionItem(answer: .failure(error.text)))
      case .success(let scan): return item(.list(type: scan.type), .scanned(scan, database: database))
      }
    case .flushDatabase, .flushAll:
      guard Self.isFlush(request) else { return .success(.failure("-ERR syntax error\r\n")) }
      return item(.remove, .translated(.errors, database: database), all: command == .flushAll)
    case .copy, .move: return betweenDatabases(request, spec, in: transaction, namespace)
    }
  }

  // MARK: Scripts

  func script(
    _ command: ScriptCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, in transaction: Transaction,
    _ namespace: Namespace
  ) -> QueuedItem {
    let prefix = namespace.prefix(ofDatabase: transaction.database)
    switch command {
    case .exists, .kill: return .success(TransactionItem(answer: .own(request.bytes)))
    case .load:
      let script = QueuedScript(
        command: command, subject: Array(request[2]), arguments: [], argumentCount: 0, database: transaction.database)
      return .success(TransactionItem(answer: .queuedScript(script)))
    case .flush:
      guard Self.isScriptFlush(request) else { return .success(.failure(Self.scriptFlushError)) }
      return .success(TransactionItem(answer: .flushedScripts))
    case .sort:
      KeyPositions.find(spec, request, into: &keys.pointee)
      guard claimSlot(for: request, prefix, in: transaction, namespace) else { return .failure(.crossSlot) }
      var queue = ByteQueue()
      if let error = SortCommand.limitError(request) { return .success(.failure(error)) }
      let needsScript = SortCommand.needsScript(request)
      if needsScript {
        SortScript.append(request, keys: keys.pointee, prefix: prefix, asText: true, to: &queue)
      } else {
        RequestWriter.append(request, keys: keys.pointee, prefix: prefix, to: &queue)
      }
      return .success(
        TransactionItem(
          request: Array(queue.readable), isConfined: needsScript,
          answer: .translated(.errors, database: transaction.database)))
    case .evaluate, .evaluateReadOnly, .evaluateByHash, .evaluateByHashReadOnly:
      // What the server would say at EXEC.
      if let error = Self.argumentError(command, request) { return .success(.failure(error)) }
      KeyPositions.find(spec, request, into: &keys.pointee)
      guard claimSlot(for: request, prefix, in: transaction, namespace) else { return .failure(.crossSlot) }
      var queue = ByteQueue()
      appendArguments(request, prefix, to: &queue)
      return .success(
        TransactionItem(
          answer: .queuedScript(
            QueuedScript(
              command: command, subject: Array(request[1]), arguments: Array(queue.readable),
              argumentCount: request.count - 2, database: transaction.database))))
    }
  }

  /// The items with the texts of their scripts. What a hash means is settled by what is executed before, also within the
  /// transaction.
  ///
  /// - Returns: nil where it depends on a reply that is still to come.
  func resolved(_ items: [TransactionItem], _ namespace: Namespace, of client: ClientPointer) -> [TransactionItem]? {
    var items = items
    /// By hash, what was given in this transaction.
    var given: [[UInt8]: [UInt8]] = [:]
    var isFlushed = false
    for index in items.indices {
      if case .flushedScripts = items[index].answer {
        isFlushed = true
        given = [:]
      }
      guard case .queuedScript(let script) = items[index].answer else { continue }
      guard script.command.isByHash else {
        guard script.subject.count <= ScriptWrapper.mostBytes else {
          items[index].answer = .failure(Array(StaticReply(ScriptWrapper.tooLong).bytes))
          continue
        }
        let wrapped = wrap(script.subject, script)
        given[wrapped.userHash] = script.subject
        items[index].resolve(script, wrapped)
        continue
      }
      let hash = script.subject.withUnsafeBytes(Self.hash)
      if let text = given[hash] {
        items[index].resolve(script, wrap(text, script))
      } else if !isFlushed, let known = scriptStore.find(hash, namespace, database: script.database) {
        items[index].resolve(script, known)
      } else if client.pointee.outstanding > 0 {
        return nil
      } else {
        items[index].answer = .failure(Array(StaticReply(Self.noScript).bytes))
      }
    }
    return items

    func wrap(_ text: [UInt8], _ script: QueuedScript) -> WrappedScript {
      text.withUnsafeBytes { scriptStore.add($0, namespace, database: script.database) }
    }
  }
}

extension TransactionItem {
  fileprivate mutating func resolve(_ script: QueuedScript, _ wrapped: WrappedScript) {
    var queue = ByteQueue()
    if script.command == .load {
      queue.append("*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n")
      wrapped.text.withUnsafeBytes { queue.append(bulk: $0) }
      answer = .loadedScript(wrapped)
    } else {
      let guarded = wrapped.guarded
      queue.append(arrayOf: 2 + script.argumentCount)
      queue.append(bulk: script.command.isReadOnly ? "EVAL_RO" : "EVAL")
      guarded.text.withUnsafeBytes { queue.append(bulk: $0) }
      script.arguments.withUnsafeBytes { queue.append($0) }
      isConfined = true
      answer = .script(guarded, database: script.database, isByHash: script.command.isByHash)
    }
    request = Array(queue.readable)
  }
}
