/// Which clients `CLIENT LIST` and `CLIENT KILL` are about.
struct ClientFilter: Sendable {
  var ids: Set<UInt64>?
  var kind: ClientKind?
  var address: String?
  var localAddress: String?
  var user: String?
  /// This one is not meant.
  var spared: UInt64?

  func includes(_ client: ClientPointer, on worker: Worker) -> Bool {
    let session = client.pointee.session
    return session.id != spared && ids.map { $0.contains(session.id) } ?? true
      && kind.map { $0 == ClientKind(of: client) } ?? true
      && address.map { $0 == "\(session.address.host):\(session.address.port)" } ?? true
      && localAddress.map { $0 == worker.localAddress } ?? true && user.map { $0 == session.userName } ?? true
  }
}

enum ClientKind: Sendable {
  case normal, pubsub, master, replica

  init?(_ word: UnsafeRawBufferPointer) {
    if OptionWord.equals(word, "normal") {
      self = .normal
    } else if OptionWord.equals(word, "pubsub") {
      self = .pubsub
    } else if OptionWord.equals(word, "master") {
      self = .master
    } else if OptionWord.equals(word, "replica") || OptionWord.equals(word, "slave") {
      self = .replica
    } else {
      return nil
    }
  }

  init(of client: ClientPointer) { self = client.pointee.session.hasSubscriptions ? .pubsub : .normal }
}

/// `CLIENT LIST` and `CLIENT KILL`: about the connections of the namespace, whichever worker has them.
extension Worker {
  var localAddress: String {
    "\(configuration.host == "0.0.0.0" ? "127.0.0.1" : configuration.host):\(configuration.port)"
  }

  func list(_ request: Request, _ client: ClientPointer) {
    guard let namespace = client.pointee.session.namespace else { return }
    var filter = ClientFilter()
    if request.count > 2 {
      if request.count == 4, OptionWord.equals(request[2], "type") {
        guard let kind = ClientKind(request[3]) else { return refuseKind(request[3], client) }
        filter.kind = kind
      } else if request.count >= 4, OptionWord.equals(request[2], "id") {
        var ids: Set<UInt64> = []
        for index in 3..<request.count {
          guard let id = Decimal.read(request[index]), id > 0 else {
            return respond(to: client, "-ERR Invalid client ID\r\n")
          }
          ids.insert(UInt64(id))
        }
        filter.ids = ids
      } else {
        return respond(to: client, "-ERR syntax error\r\n")
      }
    }
    func text(_ answers: NeighbourAnswer) -> String {
      answers.lines.sorted { $0.id < $1.id }.map(\.text).joined()
    }
    let resp = client.pointee.resp
    guard capture == nil else {
      let answers = says(.list(filter), namespace.realName)
      return respond(to: client) { $0.append(verbatim: text(answers), resp: resp) }
    }
    let exchange = NeighbourExchange(for: client) { worker, exchange in
      exchange.finish(on: worker) { $0.append(verbatim: text(exchange.answers), resp: resp) }
    }
    ask(.list(filter), about: namespace, for: exchange)
  }

  private func refuseKind(_ word: UnsafeRawBufferPointer, _ client: ClientPointer) {
    let word = Array(word)
    respond(to: client) { reply in
      reply.append("-ERR Unknown client type '")
      word.withUnsafeBytes { reply.append($0) }
      reply.append("'\r\n")
    }
  }

  /// A line of `CLIENT LIST`, with what is known here.
  func describe(_ client: ClientPointer) -> String {
    let session = client.pointee.session
    let (age, idle) = (now - session.connectedAt, now - client.pointee.lastInput)
    let name = String(decoding: session.name, as: UTF8.self)
    let flags = ClientKind(of: client) == .pubsub ? "P" : session.transaction != nil ? "x" : "N"
    let command = client.pointee.lastCommand.map { String(decoding: $0.pointee.name, as: UTF8.self) } ?? "NULL"
    return """
      id=\(session.id) addr=\(session.address.host):\(session.address.port) laddr=\(localAddress) \
      fd=\(client.pointee.descriptor) name=\(name) age=\(age / 1_000_000) idle=\(max(0, idle) / 1_000_000) \
      flags=\(flags) db=\(session.database) \
      sub=\(session.subscriptionCounts.channels) psub=\(session.subscriptionCounts.patterns) \
      ssub=\(session.subscriptionCounts.shards) multi=\(session.transaction.map { $0.items.count } ?? -1) \
      qbuf=\(client.pointee.input.count) qbuf-free=0 argv-mem=0 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=0 \
      omem=\(client.pointee.output.count) tot-mem=0 events=r cmd=\(command) user=\(session.userName) redir=-1 \
      resp=\(client.pointee.resp)\n
      """
  }

  /// `CLIENT KILL addr` or `CLIENT KILL filter value …`
  func kill(_ request: Request, _ client: ClientPointer) {
    guard let namespace = client.pointee.session.namespace else { return }
    var filter = ClientFilter()
    var sparesSelf = request.count != 3
    if request.count == 3 {
      filter.address = String(decoding: request[2], as: UTF8.self)
    } else {
      guard request.count.isMultiple(of: 2) else { return respond(to: client, "-ERR syntax error\r\n") }
      for index in stride(from: 2, to: request.count, by: 2) {
        let value = request[index + 1]
        let text = String(decoding: value, as: UTF8.self)
        if OptionWord.equals(request[index], "id") {
          guard let id = Decimal.read(value), id > 0 else {
            return respond(to: client, "-ERR client-id should be greater than 0\r\n")
          }
          filter.ids = [UInt64(id)]
        } else if OptionWord.equals(request[index], "type") {
          guard let kind = ClientKind(value) else { return refuseKind(value, client) }
          filter.kind = kind
        } else if OptionWord.equals(request[index], "addr") {
          filter.address = text
        } else if OptionWord.equals(request[index], "laddr") {
          filter.localAddress = text
        } else if OptionWord.equals(request[index], "user") {
          filter.user = text
        } else if OptionWord.equals(request[index], "skipme"), OptionWord.equals(value, "yes") {
          sparesSelf = true
        } else if OptionWord.equals(request[index], "skipme"), OptionWord.equals(value, "no") {
          sparesSelf = false
        } else {
          return respond(to: client, "-ERR syntax error\r\n")
        }
      }
    }
    let isOldForm = request.count == 3
    // Who ends itself gets its reply first.
    let endsSelf = !sparesSelf && filter.includes(client, on: self)
    filter.spared = client.pointee.session.id
    func append(_ count: Int, to reply: inout ByteQueue) {
      if !isOldForm { return reply.append(integer: count) }
      reply.append(count == 0 ? "-ERR No such client\r\n" : "+OK\r\n")
    }
    guard capture == nil else {
      let count = says(.kill(filter), namespace.realName).count + (endsSelf ? 1 : 0)
      respond(to: client) { append(count, to: &$0) }
      return if endsSelf { closeAfterReplies(client) } else { () }
    }
    let exchange = NeighbourExchange(for: client) { worker, exchange in
      let count = exchange.answers.count + (endsSelf ? 1 : 0)
      exchange.finish(on: worker) { append(count, to: &$0) }
      if endsSelf { worker.closeAfterReplies(exchange.client) }
    }
    ask(.kill(filter), about: namespace, for: exchange)
  }
}
