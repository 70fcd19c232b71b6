import RedisNamespaces

/// Logging in: a client's password chooses its namespace.
extension Worker {
  /// `AUTH [user] password`
  func authenticate(_ request: Request, of client: ClientPointer) {
    guard request.count <= 3 else { return respond(to: client, "-ERR syntax error\r\n") }
    let user = request.count == 3 ? request[1] : nil
    attempt(user: user, password: request[request.count - 1], of: client) { worker, isWelcome in
      worker.respond(to: client, isWelcome ? "+OK\r\n" : Self.wrongPassword)
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
    let finish: (Worker, Bool) -> Void = { worker, isWelcome in
      guard isWelcome else { return worker.respond(to: client, Self.wrongPassword) }
      guard client.pointee.session.namespace != nil else { return worker.respond(to: client, Self.helloBeforeLogin) }
      if let name { client.pointee.session.name = name }
      client.pointee.resp = resp
      client.pointee.routeVersion = 0
      worker.greet(client)
    }
    guard let login else { return finish(self, true) }
    attempt(user: request[login.user], password: request[login.password], of: client, then: finish)
  }

  /// Tries a password.
  ///
  /// - Parameter finish: is called at once, or later if the registry has to be read again or the client is slowed; it
  ///   answers the request. No other request of the client is looked at before.
  private func attempt(
    user: UnsafeRawBufferPointer?, password: UnsafeRawBufferPointer, of client: ClientPointer,
    then finish: @escaping (Worker, Bool) -> Void
  ) {
    if let namespace = directory.namespace(user: user, password: password) {
      enter(namespace, client, as: user.map { String(decoding: $0, as: UTF8.self) } ?? "default")
      return finish(self, true)
    }
    guard capture == nil else { return finish(self, false) }
    // The namespace may be so new that nobody was told of it yet.
    let attempt = LoginAttempt(
      client: client, generation: client.pointee.generation, user: user.map { Array($0) }, password: Array(password),
      finish: finish)
    client.pointee.flags.insert(.isHeld)
    loginAttempts.append(attempt)
    coordinator.refreshDirectory()
  }

  /// Decides about the passwords that were not known before the registry was read again.
  func decideLoginAttempts() {
    let attempts = loginAttempts
    loginAttempts = []
    for attempt in attempts where attempt.isWanted {
      let namespace = attempt.password.withUnsafeBytes { password in
        if let user = attempt.user {
          user.withUnsafeBytes { directory.namespace(user: $0, password: password) }
        } else {
          directory.namespace(user: nil, password: password)
        }
      }
      let address = attempt.client.pointee.session.address.host
      if let namespace {
        failedLogins.forget(address)
        enter(
          namespace, attempt.client, as: attempt.user.map { String(decoding: $0, as: UTF8.self) } ?? "default")
        conclude(attempt, isWelcome: true)
      } else {
        let delay = failedLogins.add(address, at: now)
        if delay == 0 {
          conclude(attempt, isWelcome: false)
        } else {
          schedule(afterMilliseconds: delay, .refuse(attempt))
        }
      }
    }
  }

  func conclude(_ attempt: LoginAttempt, isWelcome: Bool) {
    guard attempt.isWanted else { return }
    attempt.client.pointee.flags.remove(.isHeld)
    attempt.finish(self, isWelcome)
    resume(attempt.client)
  }

  private func enter(_ namespace: Namespace, _ client: ClientPointer, as user: String) {
    leaveNamespace(client)
    client.pointee.session.userName = user
    client.pointee.session.namespace = namespace
    client.pointee.parser.isAuthenticated = true
    client.pointee.counters = counters(of: namespace)
    client.pointee.counters.pointee.clients += 1
    updatePrefix(of: client)
  }

  func leaveNamespace(_ client: ClientPointer) {
    guard client.pointee.session.namespace != nil else { return }
    client.pointee.counters.pointee.clients -= 1
    client.pointee.session.namespace = nil
    client.pointee.counters = strangers
    client.pointee.parser.isAuthenticated = false
    updatePrefix(of: client)
  }

  /// After its namespace or database was changed.
  func updatePrefix(of client: ClientPointer) {
    let session = client.pointee.session
    client.pointee.prefix =
      session.namespace?.prefix(ofDatabase: session.database) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    client.pointee.slot = session.namespace?.slot.map(UInt16.init) ?? PendingReply.noSlot
    client.pointee.routeVersion = 0
    updateSpecial(client)
  }

  /// Whether the client's commands may take the short way.
  func updateSpecial(_ client: ClientPointer) {
    let session = client.pointee.session
    let isPlain =
      session.namespace?.slot != nil && session.takesReplies
      && session.replies == .on && session.transaction == nil && !session.hasSubscriptions
    if isPlain { client.pointee.flags.remove(.isSpecial) } else { client.pointee.flags.insert(.isSpecial) }
  }

  func counters(of namespace: Namespace) -> UnsafeMutablePointer<NamespaceCounters> {
    if let known = counters[namespace.realName] { return known }
    // Kept as long as the worker: replies may still be counted after their namespace is deleted.
    let new = UnsafeMutablePointer<NamespaceCounters>.allocate(capacity: 1)
    new.initialize(to: NamespaceCounters())
    counters[namespace.realName] = new
    return new
  }

  static let wrongPassword: StaticString = "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
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

  /// What a client that ends leaves behind.
  func leave(_ client: ClientPointer) {
    for upstream in client.pointee.session.exclusive { abandon(upstream) }
    client.pointee.session.exclusive = []
    if let upstream = client.pointee.session.watching { abandon(upstream) }
    client.pointee.session.forgetWatch()
    endSubscriptions(of: client)
    leaveNamespace(client)
  }
}

extension ByteQueue {
  mutating func append(integer: Int) {
    append(":")
    append(decimal: integer)
    append("\r\n")
  }
}

/// A password that is looked up once more before it is refused.
struct LoginAttempt {
  let client: ClientPointer
  let generation: UInt32
  let user: [UInt8]?
  let password: [UInt8]
  let finish: (Worker, Bool) -> Void

  var isWanted: Bool { client.pointee.generation == generation }
}
