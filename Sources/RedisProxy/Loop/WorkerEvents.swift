import Glibc

/// What a worker does when a time has come or another thread tells it something.
extension Worker {
  func perform(_ action: TimerAction) {
    switch action {
    case .everySecond:
      everySecond()
      schedule(afterMilliseconds: 1000, .everySecond)
    case .checkScripts:
      checkScripts()
      watchScripts()
    case .connect(let upstream):
      // A node that is gone is tried only as long as somebody waits for it.
      let isKnown = topology?.nodes.contains { $0.endpoint == upstream.pointee.details.endpoint } ?? true
      if isKnown || !upstream.pointee.pending.isEmpty { connect(upstream) }
    case .sendAgain: sendDelayed()
    case .refuse(let attempt): conclude(attempt, .wrongPassword)
    case .turn(let client, let generation, let number): turnHasCome(client, generation: generation, number: number)
    case .accept: if !isDraining { events.change(listener, .reading, .listener) }
    case .repeatTransaction(let transaction): transaction.sendAgain(on: self)
    case .stop: isStopped = true
    }
  }

  private func everySecond() {
    listings.removeOld(now)
    checkScripts()
    for counters in counters.values { counters.pointee.measureRate() }
    for link in links.values {
      for upstream in link.common + link.idle {
        checkSilence(of: upstream)
        reconsiderWaiting(upstream)
      }
    }
    for client in clients {
      endIdle(client)
      let session = client.pointee.session
      for upstream in session.exclusive { checkSilence(of: upstream) }
      if let upstream = session.watching { checkSilence(of: upstream) }
      for upstream in session.subscriptions?.connections ?? [] { checkSilence(of: upstream) }
    }
  }

  /// What a client wrote is on one node, and what it writes from now on is on another.
  private func noteChangedNode(_ client: ClientPointer, since previous: Topology?) {
    let session = client.pointee.session
    guard let namespace = session.namespace, let previous, let topology else { return }
    let slot = namespace.slot ?? Int(Self.homeSlot(of: namespace))
    if previous.master(of: slot) != topology.master(of: slot) { session.nodeHasChanged = true }
    if let upstream = session.watching, let watched = session.watchedSlot,
      topology.master(of: Int(watched)) != upstream.pointee.details.endpoint
    {
      // A node that is cut off would still execute the transaction, and lose it when it learns of the other.
      session.watchIsBroken = true
    }
  }

  func receive(_ message: WorkerMessage) {
    switch message {
    case .topology(let topology):
      let previous = self.topology
      self.topology = topology
      state.pointee.routeVersion &+= 1
      for link in links.values { for upstream in link.common { reconsiderWaiting(upstream) } }
      for client in clients {
        noteChangedNode(client, since: previous)
        followTopology(client)
      }
    case .directory(let directory, let wish, let wasRead):
      update(directory)
      decideLoginAttempts(upTo: wish, wasRead: wasRead)
    case .drain: drain()
    case .report(let collection): collection.add(report())
    case .neighbourQuestion(let question): answer(question)
    case .neighbourAnswer(let answer): take(answer)
    }
  }

  /// Open connections stay in their namespaces, also if the password was changed since, as in Redis; those of a deleted
  /// one end.
  private func update(_ directory: NamespaceDirectory) {
    self.directory = directory
    if !watchesScripts { watchScripts() }
    for client in clients {
      guard let namespace = client.pointee.session.namespace else { continue }
      guard let current = directory.byName[namespace.realName] else {
        end(client)
        continue
      }
      guard current !== namespace else { continue }
      client.pointee.session.namespace = current
      updatePrefix(of: client)
      // It waits by the old limit.
      endWaitForTurn(client)
    }
  }

  /// Takes no more clients; those that are there end when they have their replies.
  private func drain() {
    guard !isDraining else { return }
    isDraining = true
    events.remove(listener)
    close(listener)
    for client in clients {
      if client.pointee.outstanding == 0, client.pointee.input.isEmpty {
        closeAfterReplies(client)
      } else {
        client.pointee.flags.insert(.closesWhenFlushed)
        markDirty(client)
      }
    }
    if clients.isEmpty { isStopped = true }
    schedule(afterMilliseconds: limits.drainMilliseconds, .stop)
  }
}
