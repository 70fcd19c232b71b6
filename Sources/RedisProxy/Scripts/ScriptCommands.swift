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
      return SortCommand.needsScript(request) || SortCommand.limitError(request) != nil
        ? sort(request, spec, of: client) : pass(request, spec, of: client, .errors)
    case .load: return load(request, client)
    case .exists, .flush:
      // A script that is on its way is there, or not, when it is answered.
      guard client.pointee.outstanding == 0 || capture != nil else { return waitForReplies(client) }
      guard let namespace = client.pointee.session.namespace else { return true }
      if command == .flush {
        guard Self.isScriptFlush(request) else {
          respond(to: client, Self.scriptFlushError)
          return true
        }
        scriptStore.forgetAll(namespace)
        respond(to: client, "+OK\r\n")
        return true
      }
      respond(to: client) { reply in
        reply.append(arrayOf: request.count - 2)
        for index in 2..<request.count {
          reply.append(integer: scriptStore.contains(Self.hash(request[index]), namespace) ? 1 : 0)
        }
      }
    case .kill: return kill(client)
    }
    return true
  }

  /// `SCRIPT FLUSH [SYNC|ASYNC]`
  static func isScriptFlush(_ request: Request) -> Bool {
    request.count == 2
      || request.count == 3 && (OptionWord.equals(request[2], "sync") || OptionWord.equals(request[2], "async"))
  }

  static let scriptFlushError: StaticString = "-ERR SCRIPT FLUSH only support SYNC|ASYNC option\r\n"

  /// A hash in lower case, as the store has it.
  static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
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
    if let error = Self.argumentError(command, request) {
      respond(to: client, error)
      return true
    }
    if !command.isByHash, request[1].count > ScriptWrapper.mostBytes {
      respond(to: client, ScriptWrapper.tooLong)
      return true
    }
    guard let script = script(command, request, namespace, database: session.database) else {
      // It may just be on its way to a node.
      guard client.pointee.outstanding == 0 else { return waitForReplies(client) }
      respond(to: client, Self.noScript)
      return true
    }
    guard let (slot, upstream) = place(request, spec, of: client, on: { scripts($0, client) }) else { return true }
    var arguments = ByteQueue()
    appendArguments(request, client.pointee.prefix, to: &arguments)
    let exchange = ScriptExchange(
      for: client, script, command.isByHash ? nil : namespace, count: request.count,
      arguments: Array(arguments.readable),
      isReadOnly: command.isReadOnly, slot)
    exchange.send(to: upstream, on: self)
    client.pointee.counters.pointee.commands &+= 1
    return true
  }

  /// `SORT` with patterns, which a node of a cluster refuses, as a script.
  private func sort(_ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer) -> Bool {
    if let error = SortCommand.limitError(request) {
      respond(to: client, error)
      return true
    }
    guard enter(.scripts, client) else { return waitForReplies(client) }
    guard let (slot, upstream) = place(request, spec, of: client, on: { scripts($0, client) }) else { return true }
    let (count, arguments) = sortArguments(request, spec, client.pointee.prefix)
    let exchange = ScriptExchange(
      for: client, Self.sorting, nil, count: count, arguments: arguments, isReadOnly: false, slot)
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
    return WrappedScript(text: text, userHash: text.withUnsafeBytes(ScriptWrapper.hash), bodyStart: 0)
  }()

  /// What follows the script or its hash, with prefixes at the keys, whose indexes `keys` holds.
  func appendArguments(_ request: Request, _ prefix: UnsafeRawBufferPointer, to queue: inout ByteQueue) {
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

  /// What Redis says before it looks for the script.
  static func argumentError(_ command: ScriptCommand, _ request: Request) -> StaticString? {
    if command.isByHash, request[1].count != 40 { return noScript }
    guard let count = Decimal.read(request[2]) else { return "-ERR value is not an integer or out of range\r\n" }
    if count > request.count - 3 { return "-ERR Number of keys can't be greater than number of args\r\n" }
    return count < 0 ? "-ERR Number of keys can't be negative\r\n" : nil
  }

  /// `SCRIPT LOAD`: the server says whether it is a script.
  private func load(_ request: Request, _ client: ClientPointer) -> Bool {
    guard request[2].count <= ScriptWrapper.mostBytes else {
      respond(to: client, ScriptWrapper.tooLong)
      return true
    }
    guard enter(.scripts, client) else { return waitForReplies(client) }
    let session = client.pointee.session
    guard let namespace = session.namespace else { return true }
    let script = scriptStore.add(request[2], namespace, database: session.database)
    let slot = namespace.slot.map { UInt16($0) } ?? Self.homeSlot(of: namespace)
    guard let upstream = scripts(slot, client) else {
      respond(to: client, Self.unserved)
      return true
    }
    let exchange = ScriptLoadExchange(for: client, script, namespace)
    send(exchange, to: upstream, slot: slot, .isReadOnly) { output in
      output.append("*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n")
      script.text.withUnsafeBytes { output.append(bulk: $0) }
    }
    return true
  }

  /// `SCRIPT KILL`: of a script of this namespace, once it is certain that it is what runs.
  private func kill(_ client: ClientPointer) -> Bool {
    guard let namespace = client.pointee.session.namespace else { return true }
    for link in links.values where capture == nil {
      guard let upstream = link.common.first(where: { scriptOwner($0) == namespace.realName }) else { continue }
      ScriptProbe(upstream, link.takeExclusive(resp: 2, worker: self), for: client).start(on: self)
      return true
    }
    respond(to: client, ScriptProbe.nothingRuns)
    return true
  }

  /// The namespace whose script is to be answered next on a connection, also within a transaction.
  private func scriptOwner(_ upstream: UpstreamPointer) -> String? {
    guard !upstream.pointee.pending.isEmpty else { return nil }
    if let namespace = upstream.pointee.details.namespace { return namespace.realName }
    let next = upstream.pointee.pending[0]
    return next.purpose == .exchange ? (exchanges[next.detail] as? TransactionExchange)?.scriptOwner : nil
  }
}

extension ScriptCommand {
  var isByHash: Bool { self == .evaluateByHash || self == .evaluateByHashReadOnly }
  var isReadOnly: Bool { self == .evaluateReadOnly || self == .evaluateByHashReadOnly }
}
