import Glibc

/// `CLIENT …`: about the own connection, and about others of the same namespace.
extension Worker {
  func answerClient(_ command: LocalCommand, _ request: Request, of client: ClientPointer) {
    let session = client.pointee.session
    switch command {
    case .clientGetName:
      respond(to: client) { reply in
        if session.name.isEmpty {
          reply.append(client.pointee.resp == 3 ? "_\r\n" : "$-1\r\n")
        } else {
          session.name.withUnsafeBytes { reply.append(bulk: $0) }
        }
      }
    case .clientSetName:
      guard let name = Self.clientName(request[2]) else { return respond(to: client, Self.badClientName) }
      session.name = name
      respond(to: client, "+OK\r\n")
    case .clientID: respond(to: client) { $0.append(integer: Int(session.id)) }
    case .clientInfo: respond(to: client) { $0.append(verbatim: describe(client), resp: client.pointee.resp) }
    case .clientList: list(request, client)
    case .clientKill: kill(request, client)
    case .clientReply: setReplies(request, client)
    case .clientUnblock: unblock(request, client)
    case .clientTracking:
      if OptionWord.equals(request[2], "off") {
        respond(to: client, "+OK\r\n")
      } else if OptionWord.equals(request[2], "on") {
        respond(to: client, "-ERR CLIENT TRACKING is not available in a namespace\r\n")
      } else {
        respond(to: client, "-ERR syntax error\r\n")
      }
    case .clientTrackingInfo:
      respond(to: client) { reply in
        let isMap = client.pointee.resp == 3
        reply.append(isMap ? "%3\r\n$5\r\nflags\r\n~1\r\n" : "*6\r\n$5\r\nflags\r\n*1\r\n")
        reply.append("$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n")
      }
    case .clientGetRedirection: respond(to: client, ":-1\r\n")
    case .clientCaching:
      if OptionWord.equals(request[2], "yes") || OptionWord.equals(request[2], "no") {
        respond(
          to: client,
          """
          -ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode \
          enabled\r\n
          """)
      } else {
        respond(to: client, "-ERR syntax error\r\n")
      }
    case .clientNoEvict:
      let isValid = OptionWord.equals(request[2], "on") || OptionWord.equals(request[2], "off")
      respond(to: client, isValid ? "+OK\r\n" : "-ERR syntax error\r\n")
    default: break
    }
  }

  /// `CLIENT REPLY ON|OFF|SKIP`
  private func setReplies(_ request: Request, _ client: ClientPointer) {
    let session = client.pointee.session
    if OptionWord.equals(request[2], "on") {
      session.replies = .on
      session.takesReplies = true
      respond(to: client, "+OK\r\n")
    } else if OptionWord.equals(request[2], "off") {
      session.replies = .off
      session.takesReplies = false
      respond(to: client) { _ in }
    } else if OptionWord.equals(request[2], "skip") {
      if session.replies == .on { session.replies = .skipsNext }
      session.takesReplies = false
      respond(to: client) { _ in }
    } else {
      respond(to: client, "-ERR syntax error\r\n")
    }
    updateSpecial(client)
  }

  /// This worker's connections of the client's namespace. Those of other workers are not seen.
  private func neighbours(of client: ClientPointer) -> [ClientPointer] {
    guard let name = client.pointee.session.namespace?.realName else { return [] }
    return clients.filter { $0.pointee.session.namespace?.realName == name }
      .sorted { $0.pointee.session.id < $1.pointee.session.id }
  }

  private func list(_ request: Request, _ client: ClientPointer) {
    var wanted = neighbours(of: client)
    if request.count > 2 {
      if request.count == 4, OptionWord.equals(request[2], "type") {
        guard let kind = ClientKind(request[3]) else {
          let word = Array(request[3])
          return respond(to: client) { reply in
            reply.append("-ERR Unknown client type '")
            word.withUnsafeBytes { reply.append($0) }
            reply.append("'\r\n")
          }
        }
        wanted = wanted.filter { ClientKind(of: $0) == kind }
      } else if request.count >= 4, OptionWord.equals(request[2], "id") {
        var ids: Set<UInt64> = []
        for index in 3..<request.count {
          guard let id = Decimal.read(request[index]), id > 0 else {
            return respond(to: client, "-ERR Invalid client ID\r\n")
          }
          ids.insert(UInt64(id))
        }
        wanted = wanted.filter { ids.contains($0.pointee.session.id) }
      } else {
        return respond(to: client, "-ERR syntax error\r\n")
      }
    }
    let text = wanted.map(describe).joined()
    respond(to: client) { $0.append(verbatim: text, resp: client.pointee.resp) }
  }

  /// A line of `CLIENT LIST`, with what is known here.
  private func describe(_ client: ClientPointer) -> String {
    let session = client.pointee.session
    let age = (now - session.connectedAt) / 1_000_000
    let name = String(decoding: session.name, as: UTF8.self)
    let local = configuration.host == "0.0.0.0" ? "127.0.0.1" : configuration.host
    let flags = ClientKind(of: client) == .pubsub ? "P" : session.transaction != nil ? "x" : "N"
    return """
      id=\(session.id) addr=\(session.address.host):\(session.address.port) laddr=\(local):\(configuration.port) \
      fd=\(client.pointee.descriptor) name=\(name) age=\(age) idle=0 flags=\(flags) db=\(session.database) \
      sub=\(session.subscriptionCounts.channels) psub=\(session.subscriptionCounts.patterns) \
      ssub=\(session.subscriptionCounts.shards) multi=\(session.transaction.map { $0.items.count } ?? -1) \
      qbuf=\(client.pointee.input.count) qbuf-free=0 argv-mem=0 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=0 \
      omem=\(client.pointee.output.count) tot-mem=0 events=r cmd=client|list user=\(session.userName) redir=-1 \
      resp=\(client.pointee.resp)\n
      """
  }

  /// `CLIENT KILL addr` or `CLIENT KILL filter value …`
  private func kill(_ request: Request, _ client: ClientPointer) {
    if request.count == 3 {
      let address = String(decoding: request[2], as: UTF8.self)
      let found = neighbours(of: client).filter { Self.address(of: $0) == address }
      guard !found.isEmpty else { return respond(to: client, "-ERR No such client\r\n") }
      respond(to: client, "+OK\r\n")
      return end(found, askedBy: client)
    }
    guard request.count.isMultiple(of: 2) else { return respond(to: client, "-ERR syntax error\r\n") }
    var found = neighbours(of: client)
    var sparesSelf = true
    for index in stride(from: 2, to: request.count, by: 2) {
      let value = request[index + 1]
      let text = String(decoding: value, as: UTF8.self)
      if OptionWord.equals(request[index], "id") {
        guard let id = Decimal.read(value), id > 0 else {
          return respond(to: client, "-ERR client-id should be greater than 0\r\n")
        }
        found = found.filter { $0.pointee.session.id == UInt64(id) }
      } else if OptionWord.equals(request[index], "type") {
        guard let kind = ClientKind(value) else {
          return respond(to: client) { reply in
            reply.append("-ERR Unknown client type '")
            reply.append(value)
            reply.append("'\r\n")
          }
        }
        found = found.filter { ClientKind(of: $0) == kind }
      } else if OptionWord.equals(request[index], "addr") {
        found = found.filter { Self.address(of: $0) == text }
      } else if OptionWord.equals(request[index], "laddr") {
        found = found.filter { _ in text == "\(configuration.host):\(configuration.port)" }
      } else if OptionWord.equals(request[index], "user") {
        found = found.filter { $0.pointee.session.userName == text }
      } else if OptionWord.equals(request[index], "skipme"), OptionWord.equals(value, "yes") {
        sparesSelf = true
      } else if OptionWord.equals(request[index], "skipme"), OptionWord.equals(value, "no") {
        sparesSelf = false
      } else {
        return respond(to: client, "-ERR syntax error\r\n")
      }
    }
    if sparesSelf { found.removeAll { $0 == client } }
    respond(to: client) { $0.append(integer: found.count) }
    end(found, askedBy: client)
  }

  private func end(_ victims: [ClientPointer], askedBy client: ClientPointer) {
    for victim in victims {
      // Who ends itself gets its reply first.
      if victim == client { closeAfterReplies(client) } else { end(victim) }
    }
  }

  private static func address(of client: ClientPointer) -> String {
    "\(client.pointee.session.address.host):\(client.pointee.session.address.port)"
  }

  /// `CLIENT UNBLOCK id [TIMEOUT|ERROR]`: the server itself is asked to unblock the connection that the other client has.
  private func unblock(_ request: Request, _ client: ClientPointer) {
    var isError = false
    if request.count == 4, OptionWord.equals(request[3], "error") {
      isError = true
    } else if request.count > 4 || request.count == 4 && !OptionWord.equals(request[3], "timeout") {
      return respond(to: client, "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n")
    }
    guard let id = Decimal.read(request[2]) else {
      return respond(to: client, "-ERR value is not an integer or out of range\r\n")
    }
    let blocked = neighbours(of: client).first { $0.pointee.session.id == UInt64(clamping: id) }
    guard let upstream = blocked?.pointee.session.exclusive.last, let number = upstream.pointee.details.serverID,
      capture == nil
    else { return respond(to: client, ":0\r\n") }
    let link = link(to: upstream.pointee.details.endpoint)
    let target = link.shared(resp: client.pointee.resp, worker: self)
    let before = target.pointee.output.count
    let words = ["CLIENT", "UNBLOCK", "\(number)", isError ? "ERROR" : "TIMEOUT"]
    target.pointee.output.append(request: words.map { Array($0.utf8) })
    target.pointee.pending.append(
      PendingReply(
        client: client, generation: client.pointee.generation, ticket: client.pointee.takeTicket(),
        byteCount: UInt32(target.pointee.output.count - before), sentAt: now.stamp, purpose: .forward,
        attributes: .isReadOnly))
    markDirty(target)
  }
}

private enum ClientKind {
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

extension ByteQueue {
  mutating func append(bulk text: String) {
    var text = text
    text.withUTF8 { append(bulk: UnsafeRawBufferPointer($0)) }
  }

  /// A text for people: RESP3 says so.
  mutating func append(verbatim text: String, resp: UInt8) {
    guard resp == 3 else { return append(bulk: text) }
    append("=")
    append(decimal: text.utf8.count + 4)
    append("\r\ntxt:")
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    append("\r\n")
  }
}
