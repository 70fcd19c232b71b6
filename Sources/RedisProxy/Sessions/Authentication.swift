import RedisNamespaces

/// Logging in: a client's password chooses its namespace.
extension Worker {
  /// `AUTH [user] password`
  func authenticate(_ request: Request, of client: ClientPointer) {
    guard request.count <= 3 else { return respond(to: client, "-ERR syntax error\r\n") }
    let user = request.count == 3 ? request[1] : nil
    attempt(user: user, password: request[request.count - 1], of: client) { worker, outcome in
      worker.answer(outcome, "+OK\r\n", of: client)
    }
  }

  /// `HELLO [2|3 [AUTH user password] [SETNAME name]]`
  func hello(_ request: Request, of client: ClientPointer) {
    var resp = client.pointee.resp
    if request.count > 1 {
      guard let version = Decimal.read(request[1]) else {
        return respond(to: client, "-ERR Protocol version is not an integer or out of range\r\n")
      }
      guard version == 2 || version == 3 else {
        return respond(to: client, "-NOPROTO unsupported protocol version\r\n")
      }
      resp = UInt8(version)
    }
    var login: (user: Int, password: Int)?
    var name: [UInt8]?
    var index = 2
    while index < request.count {
      if OptionWord.equals(request[index], "auth"), index + 2 < request.count {
        login = (index + 1, index + 2)
        index += 3
      } else if OptionWord.equals(request[index], "setname"), index + 1 < request.count {
        guard let valid = Self.clientName(request[index + 1]) else { return respond(to: client, Self.badClientName) }
        name = valid
        index += 2
      } else {
        let option = Array(request[index])
        return respond(to: client) { reply in
          reply.append("-ERR Syntax error in HELLO option '")
          option.withUnsafeBytes { reply.append($0) }
          reply.append("'\r\n")
        }
      }
    }
    let finish: (Worker, LoginOutcome) -> Void = { worker, outcome in
      guard outcome == .welcome else { return worker.answer(outcome, "", of: client) }
      guard client.pointee.session.namespace != nil else { return worker.respond(to: client, Self.helloBeforeLogin) }
      if let name { client.pointee.session.name = name }
      client.pointee.resp = resp
      client.pointee.routeVersion = 0
      worker.greet(client)
    }
    guard let login else { return finish(self, .welcome) }
    attempt(user: request[login.user], password: request[login.password], of: client, then: finish)
  }

  static let badClientName: StaticString =
    "-ERR Client names cannot contain spaces, newlines or special characters.\r\n"
  private static let helloBeforeLogin: StaticString = """
    -NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> \
    option can be used to authenticate the client and select the RESP protocol version at the same time\r\n
    """

  /// Nil if Redis would not take it for a name.
  static func clientName(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    bytes.allSatisfy { (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) } ? Array(bytes) : nil
  }

  private func greet(_ client: ClientPointer) {
    let session = client.pointee.session
    let resp = client.pointee.resp
    respond(to: client) { reply in
      if resp == 3 { reply.append("%7\r\n") } else { reply.append(arrayOf: 14) }
      reply.append(bulk: "server")
      reply.append(bulk: "redis")
      reply.append(bulk: "version")
      Array(serverVersion.utf8).withUnsafeBytes { reply.append(bulk: $0) }
      reply.append(bulk: "proto")
      reply.append(integer: Int(resp))
      reply.append(bulk: "id")
      reply.append(integer: Int(session.id))
      reply.append(bulk: "mode")
      reply.append(bulk: "standalone")
      reply.append(bulk: "role")
      reply.append(bulk: "master")
      reply.append(bulk: "modules")
      reply.append(arrayOf: 0)
    }
  }

  /// `RESET`: as if it had just connected.
  func reset(_ client: ClientPointer) {
    let session = client.pointee.session
    session.database = 0
    session.name = []
    session.replies = .on
    session.takesReplies = true
    session.transaction = nil
    unwatch(client)
    endSubscriptions(of: client)
    leaveNamespace(client)
    session.userName = "default"
    client.pointee.resp = 2
    respond(to: client, "+RESET\r\n")
  }
}

extension ByteQueue {
  mutating func append(integer: Int) {
    append(":")
    append(decimal: integer)
    append("\r\n")
  }
}
