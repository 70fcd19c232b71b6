/// Commands that the proxy answers itself.
extension Worker {
  /// - Returns: false if the request has to be looked at again when the client's replies are out.
  func answer(_ command: LocalCommand, _ request: Request, of client: ClientPointer) -> Bool {
    client.pointee.counters.pointee.commands &+= 1
    switch command {
    case .ping: ping(request, of: client)
    case .auth, .hello, .reset, .select:
      // They change what the replies that are on their way would be read with.
      guard client.pointee.outstanding == 0 || capture != nil else { return waitForReplies(client) }
      switch command {
      case .auth: authenticate(request, of: client)
      case .hello: hello(request, of: client)
      case .reset: reset(client)
      default: select(request, of: client)
      }
    case .quit:
      respond(to: client, "+OK\r\n")
      closeAfterReplies(client)
    default: respond(to: client, "-ERR not available yet\r\n")
    }
    return true
  }

  /// Answers a command of a transaction at its place in the reply of EXEC.
  func answer(_ command: LocalCommand, _ bytes: [UInt8], of client: ClientPointer, in reply: inout ByteQueue) {
    var parser = RequestParser(limits: RequestLimits())
    parser.isAuthenticated = true
    bytes.withUnsafeBytes { bytes in
      guard case .request(let request) = parser.parse(bytes) else { return }
      withUnsafeMutablePointer(to: &reply) { reply in
        capture = reply
        _ = answer(command, request, of: client)
        capture = nil
      }
    }
  }

  private func ping(_ request: Request, of client: ClientPointer) {
    if request.count == 1 {
      respond(to: client, "+PONG\r\n")
    } else if request.count == 2 {
      respond(to: client) { $0.append(bulk: request[1]) }
    } else {
      respond(to: client, "-ERR wrong number of arguments for 'ping' command\r\n")
    }
  }

  private func select(_ request: Request, of client: ClientPointer) {
    guard let database = Decimal.read(request[1]) else {
      return respond(to: client, "-ERR value is not an integer or out of range\r\n")
    }
    guard (0..<Namespace.databases).contains(database) else {
      return respond(to: client, "-ERR DB index is out of range\r\n")
    }
    client.pointee.session.database = database
    updatePrefix(of: client)
    respond(to: client, "+OK\r\n")
  }
}
