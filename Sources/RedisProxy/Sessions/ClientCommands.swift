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
    guard capture == nil, id > 0, let namespace = client.pointee.session.namespace else {
      return respond(to: client, ":0\r\n")
    }
    let exchange = NeighbourExchange(for: client) { worker, exchange in
      exchange.finish(on: worker) { $0.append(integer: exchange.answers.count) }
    }
    ask(.unblock(client: UInt64(id), isError: isError), about: namespace, for: exchange)
  }
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
