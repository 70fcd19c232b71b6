import RedisNamespaces

/// What becomes of a password.
enum LoginOutcome {
  case welcome, wrongPassword
  /// The namespace has as many connections as it may.
  case full
  /// Whether it is right cannot be found out.
  case unavailable
}

/// A password that the registry has to be read for before anything can be said about it.
struct LoginAttempt {
  let client: ClientPointer
  let generation: UInt32
  let user: [UInt8]?
  let password: [UInt8]
  /// What `Coordinator.refreshDirectory` gave: it is for a reading that began later to decide.
  let wish: UInt64
  let finish: (Worker, LoginOutcome) -> Void

  var isWanted: Bool { client.pointee.generation == generation }
}

extension Worker {
  /// Tries a password.
  ///
  /// - Parameter finish: is called at once, or later if the registry has to be read again or the client is slowed; it
  ///   answers the request. No other request of the client is looked at before.
  func attempt(
    user: UnsafeRawBufferPointer?, password: UnsafeRawBufferPointer, of client: ClientPointer,
    then finish: @escaping (Worker, LoginOutcome) -> Void
  ) {
    if let namespace = directory.namespace(user: user, password: password) {
      return finish(self, enter(namespace, client, as: user) ? .welcome : .full)
    }
    guard capture == nil else { return finish(self, .wrongPassword) }
    // The namespace may be so new that nobody was told of it yet.
    client.pointee.flags.insert(.isHeld)
    loginAttempts.append(
      LoginAttempt(
        client: client, generation: client.pointee.generation, user: user.map { Array($0) }, password: Array(password),
        wish: coordinator.refreshDirectory(), finish: finish))
  }

  /// Decides about the passwords for whose sake the registry was read again.
  ///
  /// - Parameters:
  ///   - wish: the last one that the reading was for. What came later may be about what it has not seen.
  ///   - wasRead: false if the registry could not be read.
  func decideLoginAttempts(upTo wish: UInt64, wasRead: Bool) {
    let due = loginAttempts.filter { $0.wish <= wish }
    loginAttempts.removeAll { $0.wish <= wish }
    for attempt in due where attempt.isWanted {
      let address = attempt.client.pointee.session.address.host
      if let namespace = directory.namespace(user: attempt.user, password: attempt.password) {
        failedLogins.forget(address)
        let user = attempt.user ?? []
        let isWelcome = user.withUnsafeBytes { enter(namespace, attempt.client, as: attempt.user == nil ? nil : $0) }
        conclude(attempt, isWelcome ? .welcome : .full)
      } else if !wasRead {
        conclude(attempt, .unavailable)
      } else {
        let delay = failedLogins.add(address, at: now)
        if delay == 0 {
          conclude(attempt, .wrongPassword)
        } else {
          schedule(afterMilliseconds: delay, .refuse(attempt))
        }
      }
    }
  }

  func conclude(_ attempt: LoginAttempt, _ outcome: LoginOutcome) {
    guard attempt.isWanted else { return }
    attempt.client.pointee.flags.remove(.isHeld)
    attempt.finish(self, outcome)
    resume(attempt.client)
  }

  func answer(_ outcome: LoginOutcome, _ welcome: StaticString, of client: ClientPointer) {
    switch outcome {
    case .welcome: respond(to: client, welcome)
    case .wrongPassword: respond(to: client, "-WRONGPASS invalid username-password pair or user is disabled.\r\n")
    case .unavailable: respond(to: client, "-ERR the server cannot be reached at the moment\r\n")
    case .full:
      // As where a server has no room: a connection that may do nothing must not take the room of others.
      respond(to: client, "-ERR max number of clients reached\r\n")
      closeAfterReplies(client)
    }
  }
}

extension NamespaceDirectory {
  fileprivate func namespace(user: [UInt8]?, password: [UInt8]) -> Namespace? {
    password.withUnsafeBytes { password in
      guard let user else { return namespace(user: nil, password: password) }
      return user.withUnsafeBytes { namespace(user: $0, password: password) }
    }
  }
}
