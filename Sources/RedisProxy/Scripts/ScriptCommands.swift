/// EVAL, EVALSHA and SCRIPT. Scripts run on connections that are logged in as the namespace's own user: the server itself
/// keeps them within its keys, whatever they do.
extension Worker {
  func take(
    _ command: ScriptCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer
  ) -> Bool {
    switch command {
    case .evaluate, .evaluateReadOnly, .evaluateByHash, .evaluateByHashReadOnly:
      return evaluate(command, request, spec, of: client)
    case .sort:
      return SortCommand.needsScript(request)
        ? sort(request, spec, of: client) : pass(request, spec, of: client, .errors)
    case .load: return load(request, client)
    case .exists:
      guard let namespace = client.pointee.session.namespace else { return true }
      respond(to: client) { reply in
        reply.append(arrayOf: request.count - 2)
        for index in 2..<request.count {
          reply.append(integer: scriptStore.contains(Self.hash(request[index]), namespace) ? 1 : 0)
        }
      }
    case .flush:
      let isValid =
        request.count == 2
        || request.count == 3 && (OptionWord.equals(request[2], "sync") || OptionWord.equals(request[2], "async"))
      guard isValid, let namespace = client.pointee.session.namespace else {
        respond(to: client, "-ERR SCRIPT FLUSH only support SYNC|ASYNC option\r\n")
        return true
      }
      scriptStore.removeAll(namespace)
      respond(to: client, "+OK\r\n")
    case .kill: return kill(client)
    }
    return true
  }

  /// A hash in lower case, as the store has it.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) ? $0 | 0x20 : $0 }
  }

  static let noScript: StaticString = "-NOSCRIPT No matching script. Please use EVAL.\r\n"

  /// The connection of the namespace's scripts to the node that serves a slot.
  func scripts(_ slot: UInt16, _ client: ClientPointer) -> UpstreamPointer? {
    guard let namespace = client.pointee.session.namespace, let endpoint = topology?.master(of: Int(slot)) else {
      return nil
    }
    return link(to: endpoint).scripts(of: namespace, resp: client.pointee.resp, worker: self)
  }

  private func script(
    _ command: ScriptCommand, _ request: Request, _ namespace: Namespace, database: Int
  ) -> WrappedScript? {
    switch command {
    case .evaluate, .evaluateReadOnly: scriptStore.add(request[1], namespace, database: database)
    default: scriptStore.find(Self.hash(request[1]), namespace, database: database)
    }
  }

  private func evaluate(
    _ command: ScriptCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer
  ) -> Bool {
    guard enter(.scripts, client) else { return waitForReplies(client) }
    let session = client.pointee.session
    guard let namespace = session.namespace else { return true }
    if let error = Self.keyCountError(request) {
      respond(to: client, error)
      return true
    }
    guard let script = script(command, request, namespace, database: session.database) else {
      respond(to: client, Self.noScript)
      return true
    }
    guard let (slot, upstream) = scriptConnection(for: request, spec, of: client) else { return true }
    let isReadOnly = command == .evaluateReadOnly || command == .evaluateByHashReadOnly
    var arguments = ByteQueue()
    appendArguments(request, client.pointee.prefix, to: &arguments)
    let exchange = ScriptExchange(
      for: client, script, count: request.count, arguments: Array(arguments.readable), isReadOnly: isReadOnly, slot)
    exchange.send(to: upstream, on: self)
    client.pointee.counters.pointee.commands &+= 1
    return true
  }

  /// The connection for a script with the request's keys, whose indexes are then in `keys`. Where there is none, the request
  /// is answered.
  private func scriptConnection(
    for request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer
  ) -> (slot: UInt16, upstream: UpstreamPointer)? {
    KeyPositions.find(spec, request, into: &keys.pointee)
    guard case .slot(let slot) = place(request, of: client) else {
      respond(to: client, Self.crossSlot)
      return nil
    }
    guard let upstream = scripts(slot, client) else {
      respond(to: client, Self.unserved)
      return nil
    }
    return (slot, upstream)
  }

  /// `SORT` with patterns, which a node of a cluster refuses, as a script.
  private func sort(_ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer) -> Bool {
    guard enter(.scripts, client) else { return waitForReplies(client) }
    guard let (slot, upstream) = scriptConnection(for: request, spec, of: client) else { return true }
    let (count, arguments) = sortArguments(request, spec, client.pointee.prefix)
    let exchange = ScriptExchange(
      for: client, Self.sorting, count: count, arguments: arguments, isReadOnly: false, slot)
    exchange.send(to: upstream, on: self)
    client.pointee.counters.pointee.commands &+= 1
    return true
  }

  /// What follows the script that sorts: the key, by which the node knows whether the slot is its own, and the whole
  /// request, whose keys and patterns `keys` holds.
  private func sortArguments(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, _ prefix: UnsafeRawBufferPointer
  ) -> (count: Int, bytes: [UInt8]) {
    var queue = ByteQueue()
    queue.append(bulk: "1")
    queue.append(bulk: prefix, request[1])
    var next = 0
    for index in 0..<request.count {
      if next < keys.pointee.count, keys.pointee[next] == index {
        queue.append(bulk: prefix, request[index])
        next += 1
      } else {
        queue.append(bulk: request[index])
      }
    }
    return (4 + request.count, Array(queue.readable))
  }

  private static let sorting: WrappedScript = {
    let text = Array(SortScript.text.utf8)
    let hash = text.withUnsafeBytes(ScriptWrapper.hash)
    return WrappedScript(text: text, userHash: hash, wrappedHash: hash)
  }()

  /// What follows the script or its hash, with prefixes at the keys, whose indexes `keys` holds.
  private func appendArguments(_ request: Request, _ prefix: UnsafeRawBufferPointer, to queue: inout ByteQueue) {
    var next = 0
    for index in 2..<request.count {
      if next < keys.pointee.count, keys.pointee[next] == index {
        queue.append(bulk: prefix, request[index])
        next += 1
      } else {
        queue.append(bulk: request[index])
      }
    }
  }

  /// Queues a script within MULTI.
  ///
  /// - Returns: the error with which it is refused.
  func queueScript(
    _ command: ScriptCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, in transaction: Transaction,
    of client: ClientPointer
  ) -> [UInt8]? {
    guard let namespace = client.pointee.session.namespace else { return nil }
    switch command {
    case .load, .exists, .flush, .kill:
      transaction.items.append(.script(command, request.bytes))
      return nil
    case .sort:
      KeyPositions.find(spec, request, into: &keys.pointee)
      guard claimSlot(for: request, in: transaction, of: client) else {
        return Array(StaticReply(Self.crossSlot).bytes)
      }
      let prefix = namespace.prefix(ofDatabase: transaction.database)
      var queue = ByteQueue()
      if SortCommand.needsScript(request) {
        let (count, arguments) = sortArguments(request, spec, prefix)
        queue.append(arrayOf: count)
        queue.append(bulk: "EVAL")
        Self.sorting.text.withUnsafeBytes { queue.append(bulk: $0) }
        arguments.withUnsafeBytes { queue.append($0) }
        transaction.usesScripts = true
      } else {
        RequestWriter.append(request, keys: keys.pointee, prefix: prefix, to: &queue)
      }
      transaction.items.append(.request(Array(queue.readable), .errors, database: transaction.database))
      return nil
    case .evaluate, .evaluateReadOnly, .evaluateByHash, .evaluateByHashReadOnly:
      // What the server would say at EXEC.
      let error = Self.keyCountError(request)
      guard error == nil, let script = script(command, request, namespace, database: transaction.database) else {
        transaction.items.append(.failure(error ?? Self.noScript))
        return nil
      }
      KeyPositions.find(spec, request, into: &keys.pointee)
      guard claimSlot(for: request, in: transaction, of: client) else {
        return Array(StaticReply(Self.crossSlot).bytes)
      }
      let isReadOnly = command == .evaluateReadOnly || command == .evaluateByHashReadOnly
      var queue = ByteQueue()
      queue.append(arrayOf: request.count)
      queue.append(bulk: isReadOnly ? "EVAL_RO" : "EVAL")
      script.text.withUnsafeBytes { queue.append(bulk: $0) }
      appendArguments(request, namespace.prefix(ofDatabase: transaction.database), to: &queue)
      transaction.items.append(.request(Array(queue.readable), .errors, database: transaction.database))
      transaction.usesScripts = true
      return nil
    }
  }

  /// What Redis says about a number of keys before it looks for the script.
  private static func keyCountError(_ request: Request) -> StaticString? {
    guard let count = Decimal.read(request[2]) else { return "-ERR value is not an integer or out of range\r\n" }
    if count > request.count - 3 { return "-ERR Number of keys can't be greater than number of args\r\n" }
    return count < 0 ? "-ERR Number of keys can't be negative\r\n" : nil
  }

  /// `SCRIPT LOAD`: the server says whether it is a script.
  private func load(_ request: Request, _ client: ClientPointer) -> Bool {
    guard capture != nil || enter(.scripts, client) else { return waitForReplies(client) }
    let session = client.pointee.session
    guard let namespace = session.namespace else { return true }
    let script = scriptStore.add(request[2], namespace, database: session.database)
    guard capture == nil else {
      respond(to: client) { output in script.userHash.withUnsafeBytes { output.append(bulk: $0) } }
      return true
    }
    let slot = namespace.slot.map { UInt16($0) } ?? Self.homeSlot(of: namespace)
    guard let upstream = scripts(slot, client) else {
      respond(to: client, Self.unserved)
      return true
    }
    let exchange = ScriptLoadExchange(for: client, script)
    send(exchange, to: upstream, slot: slot, .isReadOnly) { output in
      output.append("*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n")
      script.text.withUnsafeBytes { output.append(bulk: $0) }
    }
    return true
  }

  /// `SCRIPT KILL`: only while a script of this namespace runs, and none of others waits with it on the node.
  private func kill(_ client: ClientPointer) -> Bool {
    guard let namespace = client.pointee.session.namespace else { return true }
    for link in links.values where capture == nil {
      let busy = link.common.filter { $0.pointee.role == .scripts && !$0.pointee.pending.isEmpty }
      guard !busy.isEmpty, busy.allSatisfy({ $0.pointee.details.namespace?.realName == namespace.realName }) else {
        continue
      }
      let upstream = link.takeExclusive(resp: client.pointee.resp, worker: self)
      upstream.pointee.details.owner = client
      client.pointee.session.exclusive.append(upstream)
      let before = upstream.pointee.output.count
      upstream.pointee.output.append("*2\r\n$6\r\nSCRIPT\r\n$4\r\nKILL\r\n")
      upstream.pointee.pending.append(
        PendingReply(
          client: client, generation: client.pointee.generation, ticket: client.pointee.takeTicket(),
          byteCount: UInt32(upstream.pointee.output.count - before), sentAt: now.stamp, purpose: .forward))
      client.pointee.lane = .exclusive
      client.pointee.flags.insert(.waitsForReplies)
      markDirty(upstream)
      return true
    }
    respond(to: client, "-NOTBUSY No scripts in execution right now.\r\n")
    return true
  }
}
