import RedisNamespaces

/// What a client of a limited namespace has to wait for, or may not do.
extension Worker {
  /// After its namespace or that one's limits were changed.
  func updateMeter(of client: ClientPointer) {
    let limits = client.pointee.session.namespace?.record.limits
    if limits?.commands == nil, limits?.memory == nil {
      client.pointee.flags.subtract([.isMetered, .hasTurn])
    } else {
      client.pointee.flags.insert(.isMetered)
    }
  }

  // MARK: Commands per second

  /// Whether the client's next request may be taken; if not, it is held until then. Each request has its turn given to it
  /// when it comes, so that waiting costs no more than one timer, however many wait.
  func hasTurn(_ client: ClientPointer) -> Bool {
    let session = client.pointee.session
    guard client.pointee.flags.isDisjoint(with: .hasTurn), let namespace = session.namespace,
      let limit = namespace.record.limits.commands
    else { return true }
    let turn = namespace.account.takeTurn(perSecond: limit, at: now)
    guard turn > now else {
      client.pointee.flags.insert(.hasTurn)
      return true
    }
    client.pointee.flags.formUnion([.isHeld, .waitsForTurn])
    session.turnsWaited &+= 1
    timers.schedule(
      at: turn, .turn(client, generation: client.pointee.generation, number: session.turnsWaited))
    return false
  }

  func turnHasCome(_ client: ClientPointer, generation: UInt32, number: UInt32) {
    guard client.pointee.generation == generation, client.pointee.session.turnsWaited == number else { return }
    endWaitForTurn(client)
  }

  func endWaitForTurn(_ client: ClientPointer) {
    guard client.pointee.flags.contains(.waitsForTurn) else { return }
    client.pointee.flags.subtract([.isHeld, .waitsForTurn])
    client.pointee.flags.insert(.hasTurn)
    resume(client)
  }

  // MARK: Memory

  func mayGrow(_ client: ClientPointer) -> Bool {
    guard let namespace = client.pointee.session.namespace, let limit = namespace.record.limits.memory else {
      return true
    }
    return namespace.account.content.map { $0.bytes <= limit } ?? true
  }

  func growsData(_ request: Request) -> Bool {
    commands.find(request)?.pointee.flags.contains(.growsData) ?? false
  }

  func refuseGrowth(_ client: ClientPointer) {
    client.pointee.flags.remove(.hasTurn)
    client.pointee.session.namespace?.account.countRefusedCommand()
    client.pointee.session.transaction?.isBroken = true
    respond(to: client, "-OOM command not allowed when used memory > 'maxmemory'.\r\n")
  }
}
