/// A transaction on its way: MULTI, its commands, EXEC, in this order on one connection.
final class TransactionExchange: Exchange {
  private let items: [Transaction.Item]
  private let slot: UInt16
  private var redirect: Redirect?
  private var redirects = 0
  private var upstream: UpstreamPointer?

  init(for client: ClientPointer, _ items: [Transaction.Item], slot: UInt16) {
    self.items = items
    self.slot = slot
    super.init(for: client)
  }

  /// Whether what comes after it depends on what it does.
  var changesSession: Bool {
    items.contains { item in
      if case .local = item { true } else { false }
    }
  }

  func send(to upstream: UpstreamPointer, on worker: Worker) {
    self.upstream = upstream
    worker.send(self, part: 0, to: upstream, slot: slot, .keepsRedirects) { $0.append("*1\r\n$5\r\nMULTI\r\n") }
    var part = 1
    for case .request(let bytes, _, _) in items {
      worker.send(self, part: part, to: upstream, slot: slot, .keepsRedirects) { output in
        bytes.withUnsafeBytes { output.append($0) }
      }
      part += 1
    }
    worker.send(self, part: part, to: upstream, slot: slot, .keepsRedirects) { $0.append("*1\r\n$4\r\nEXEC\r\n") }
  }

  private var lastPart: Int {
    items.reduce(1) { count, item in
      if case .request = item { count + 1 } else { count }
    }
  }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    if let upstream, let redirect = Redirect(reply, from: upstream.pointee.details.endpoint) {
      self.redirect = redirect
    }
    guard part == lastPart else { return }
    if let redirect, reply.first == UInt8(ascii: "-"), follow(redirect, worker) { return }
    redirect = nil
    guard isWanted, let namespace = client.pointee.session.namespace else { return }
    switch reply.first {
    case UInt8(ascii: "*"):
      let elements = ReplyElements(reply)
      guard elements.count >= 0 else { return finish(reply, on: worker) }
      finish(merging: elements, namespace, worker)
    default: finish(reply, on: worker)
    }
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
    case .ask(let endpoint):
      let other = worker.counterpart(of: upstream, at: endpoint)
      // It holds until EXEC (`resetClient` in Redis).
      worker.appendAsking(to: other)
      send(to: other, on: worker)
    case .later: worker.repeatLater(self)
    }
    return true
  }

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
  private func finish(merging elements: ReplyElements, _ namespace: Namespace, _ worker: Worker) {
    var elements = elements
    var reply = ByteQueue()
    reply.append(arrayOf: items.count)
    for item in items {
      switch item {
      case .request(_, let translation, let database):
        guard let element = elements.next() else { return }
        ReplyTranslator.translate(
          element, element.first == UInt8(ascii: "-") ? .errors : translation,
          prefix: namespace.prefix(ofDatabase: database), into: &reply)
      case .done: reply.append("+OK\r\n")
      case .failure(let error): reply.append(error)
      case .script(let command, let bytes): worker.answer(command, bytes, of: client, in: &reply)
      case .local(let command, let bytes): worker.answer(command, bytes, of: client, in: &reply)
      }
    }
    finish(reply.readable, on: worker)
  }
}
