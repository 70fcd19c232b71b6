import RedisNamespaces

/// A transaction on its way: MULTI, its commands, EXEC, in this order on one connection.
///
/// Scripts are executed as the namespace's own user, since they reach whatever their user may; all else as the administrator.
/// AUTH is one more command of a transaction, so that both are parts of the same one.
final class TransactionExchange: Exchange {
  private enum Part {
    case login([UInt8])
    case item(Int)
  }

  private let items: [TransactionItem]
  private let namespace: Namespace
  private let parts: [Part]
  private let slot: UInt16
  private var redirect: Redirect?
  private var redirects = 0
  private var upstream: UpstreamPointer?

  init(
    for client: ClientPointer, _ items: [TransactionItem], _ namespace: Namespace, slot: UInt16, on worker: Worker
  ) {
    self.items = items
    self.namespace = namespace
    self.slot = slot
    parts = Self.parts(items, confined: worker.login(as: namespace), administrator: worker.login(as: nil))
    super.init(for: client)
  }

  private static func parts(_ items: [TransactionItem], confined: [UInt8], administrator: [UInt8]) -> [Part] {
    var parts: [Part] = []
    var isConfined = false
    for (index, item) in items.enumerated() where item.request != nil {
      if item.isConfined != isConfined {
        isConfined = item.isConfined
        parts.append(.login(isConfined ? confined : administrator))
      }
      parts.append(.item(index))
    }
    // The connection is for others as well.
    if isConfined { parts.append(.login(administrator)) }
    return parts
  }

  /// Whether what comes after it depends on what it does.
  var changesSession: Bool {
    items.contains { item in
      if case .own = item.answer { true } else { false }
    }
  }

  /// The namespace, if scripts of its are in the transaction.
  var scriptOwner: String? { items.contains(where: \.isConfined) ? namespace.realName : nil }

  func send(to upstream: UpstreamPointer, on worker: Worker) {
    self.upstream = upstream
    worker.send(self, part: 0, to: upstream, slot: slot, .keepsRedirects) { $0.append("*1\r\n$5\r\nMULTI\r\n") }
    for (index, part) in parts.enumerated() {
      let bytes =
        switch part {
        case .login(let bytes): bytes
        case .item(let index): items[index].request ?? []
        }
      worker.send(self, part: index + 1, to: upstream, slot: slot, .keepsRedirects) { output in
        bytes.withUnsafeBytes { output.append($0) }
      }
    }
    worker.send(self, part: parts.count + 1, to: upstream, slot: slot, .keepsRedirects) {
      $0.append("*1\r\n$4\r\nEXEC\r\n")
    }
  }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    if let upstream, let redirect = Redirect(reply, from: upstream.pointee.details.endpoint) {
      self.redirect = redirect
    }
    guard part == parts.count + 1 else { return }
    if let redirect, reply.first == UInt8(ascii: "-"), follow(redirect, worker) { return }
    redirect = nil
    let elements = ReplyElements(reply)
    guard reply.first == UInt8(ascii: "*"), elements.count >= 0 else { return finish(reply, on: worker) }
    finish(merging: elements, worker)
  }

  /// Sends everything again: nothing of it was executed.
  private func follow(_ redirect: Redirect, _ worker: Worker) -> Bool {
    guard redirects < worker.limits.redirects, let upstream else { return false }
    if upstream.pointee.role == .exclusive {
      // Keys are watched here and not there: whether they were changed cannot be known.
      worker.coordinator.refreshTopology()
      finish(StaticReply(client.pointee.resp == 3 ? "_\r\n" : "*-1\r\n").bytes, on: worker)
      return true
    }
    redirects += 1
    self.redirect = nil
    worker.coordinator.refreshTopology()
    // What the client sends from now on would overtake it.
    if isWanted { client.pointee.flags.insert(.waitsForReplies) }
    switch redirect {
    case .moved(let endpoint): send(to: worker.counterpart(of: upstream, at: endpoint), on: worker)
    case .ask where listsKeys: worker.repeatLater(self)
    case .ask(let endpoint):
      let other = worker.counterpart(of: upstream, at: endpoint)
      // It holds until EXEC (`resetClient` in Redis).
      worker.appendAsking(to: other)
      send(to: other, on: worker)
    case .later: worker.repeatLater(self)
    }
    return true
  }

  /// While a slot is on the move, either node has but some of its keys.
  private var listsKeys: Bool { items.contains(where: \.listsKeys) }

  /// After a pause.
  func sendAgain(on worker: Worker) {
    guard let upstream else { return }
    if let endpoint = worker.topology?.master(of: Int(slot)), endpoint != upstream.pointee.details.endpoint {
      send(to: worker.counterpart(of: upstream, at: endpoint), on: worker)
    } else {
      send(to: upstream, on: worker)
    }
  }

  /// The reply of EXEC with the answers of the proxy in their places.
  private func finish(merging elements: ReplyElements, _ worker: Worker) {
    var elements = elements
    var replies: [Int: UnsafeRawBufferPointer] = [:]
    var loginFailed = false
    for part in parts {
      guard let element = elements.next() else { return finish(Self.incomplete.bytes, on: worker) }
      switch part {
      case .item(let index): replies[index] = element
      // Scripts refuse to run as the administrator (`WrappedScript.guarded`).
      case .login: loginFailed = loginFailed || element.first == UInt8(ascii: "-")
      }
    }
    defer {
      // Nobody knows as whom it goes on.
      if loginFailed, let upstream { worker.lost(upstream, "it refused a login") }
    }
    guard isWanted else { return }
    var reply = ByteQueue()
    reply.append(arrayOf: items.count)
    for (index, item) in items.enumerated() {
      append(item.answer, replies[index] ?? Worker.nothing, to: &reply, worker)
    }
    finish(reply.readable, on: worker)
  }

  private func append(
    _ answer: TransactionItem.Answer, _ element: UnsafeRawBufferPointer, to reply: inout ByteQueue, _ worker: Worker
  ) {
    let isError = element.first == UInt8(ascii: "-")
    switch answer {
    case .translated(let translation, let database):
      ReplyTranslator.translate(
        element, isError ? .errors : translation, prefix: namespace.prefix(ofDatabase: database), into: &reply)
    case .betweenDatabases:
      reply.append(DatabaseCommands.isMissingKey(element) ? StaticReply(":0\r\n").bytes : element)
    case .channels: ChannelList.append(element, prefix: namespace.prefix(ofDatabase: 0), to: &reply)
    case .keys(let pattern, let database):
      if isError { return reply.append(element) }
      KeyList(element, prefix: namespace.prefix(ofDatabase: database)).append(matching: pattern, to: &reply)
    case .scanned(let scan, let database):
      if isError { return reply.append(element) }
      KeyList(element, prefix: namespace.prefix(ofDatabase: database)).append(pageOf: scan, to: &reply)
    case .script(let script, let database, let isByHash):
      if isError, ScriptErrors.isRefusal(element) {
        if isByHash { return reply.append(Worker.noScript) }
      } else {
        worker.scriptStore.take(script.userHash, namespace)
      }
      guard isError else { return reply.append(element) }
      script.appendError(element, prefix: namespace.prefix(ofDatabase: database), to: &reply)
    case .loadedScript(let script):
      if isError { return script.appendError(element, prefix: namespace.prefix(ofDatabase: 0), to: &reply) }
      worker.scriptStore.take(script.userHash, namespace)
      script.userHash.withUnsafeBytes { reply.append(bulk: $0) }
    case .queuedScript: break
    case .flushedScripts:
      worker.scriptStore.forgetAll(namespace)
      reply.append("+OK\r\n")
    case .own(let bytes): worker.answer(bytes, of: client, in: &reply)
    case .done: reply.append("+OK\r\n")
    case .failure(let error): error.withUnsafeBytes { reply.append($0) }
    }
  }

  private static let incomplete = StaticReply("-ERR the server's reply to EXEC is incomplete\r\n")
}
