import CLinux
import Glibc
import RedisNamespaces

/// Clients' sockets: accepting, reading, writing, closing.
extension Worker {
  func acceptClients() {
    // A burst is taken in parts, so that the clients that are there are served meanwhile.
    for _ in 0..<64 {
      var address = sockaddr_storage()
      let socket = clinux_accept(listener, &address)
      guard socket >= 0 else {
        if errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS { pauseAccepting() }
        return
      }
      guard !isDraining, coordinator.clientCount.admit(limits.clients) else {
        let refusal: StaticString = "-ERR max number of clients reached\r\n"
        _ = write(socket, refusal.utf8Start, refusal.utf8CodeUnitCount)
        close(socket)
        continue
      }
      Sockets.tune(socket)
      open(socket, address)
    }
  }

  /// A listener that is ready, and whose clients cannot be accepted for want of descriptors, would be ready again at once.
  private func pauseAccepting() {
    events.change(listener, [], .listener)
    schedule(afterMilliseconds: 100, .accept)
  }

  private func open(_ socket: Int32, _ address: sockaddr_storage) {
    let session = Session(id: nextClientID, address: SocketAddress.text(of: address), now: now)
    nextClientID += clientIDStep
    let client: ClientPointer
    if let free = freeClients.popLast() {
      client = free
      client.pointee.session = session
    } else {
      client = .allocate(capacity: 1)
      client.initialize(
        to: Client(parser: RequestParser(limits: requestLimits), counters: strangers, session: session))
    }
    client.pointee.descriptor = socket
    client.pointee.lastInput = now
    client.pointee.flags = [.isOpen, .isSpecial]
    clients.insert(client)
    do {
      try events.add(socket, .reading, .client(client))
    } catch {
      end(client)
    }
  }

  private var requestLimits: RequestLimits {
    var requestLimits = RequestLimits()
    requestLimits.arguments = limits.arguments
    requestLimits.requestBytes = limits.requestBytes
    return requestLimits
  }

  func clientReady(_ client: ClientPointer, _ readiness: EventQueue.Readiness) {
    guard client.pointee.flags.contains(.isOpen), !client.pointee.flags.contains(.isClosing) else { return }
    if readiness.isWritable, client.pointee.flags.contains(.waitsForRoom) {
      client.pointee.flags.remove(.waitsForRoom)
      updateInterest(of: client)
      markDirty(client)
    }
    if readiness.isBroken, client.pointee.flags.contains(.readingStopped) {
      end(client)
    } else if readiness.isReadable, !client.pointee.flags.contains(.readingStopped) {
      receive(from: client)
    }
  }

  private func receive(from client: ClientPointer) {
    client.pointee.lastInput = now
    if client.pointee.input.isEmpty {
      let count = read(client.pointee.descriptor, receiveBuffer.baseAddress, receiveBuffer.count)
      guard count > 0 else { return endOfInput(client, count) }
      client.pointee.counters.pointee.bytesIn &+= count
      let bytes = UnsafeRawBufferPointer(start: receiveBuffer.baseAddress, count: count)
      let used = client.pointee.mayParse ? serve(client, bytes) : 0
      if used < count, !client.pointee.flags.contains(.isClosing) {
        client.pointee.input.append(UnsafeRawBufferPointer(rebasing: bytes[used...]))
        stopReadingIfFull(client)
      }
    } else {
      // No more than what was sent already: a length alone takes no memory.
      let room = client.pointee.input.reserve(
        max(Self.readSize, min(client.pointee.parser.missingByteCount, client.pointee.input.count)))
      let count = read(client.pointee.descriptor, room.baseAddress, room.count)
      guard count > 0 else { return endOfInput(client, count) }
      client.pointee.counters.pointee.bytesIn &+= count
      client.pointee.input.commit(count)
      serveInput(of: client)
    }
  }

  private static let readSize = 16 * 1024

  private func endOfInput(_ client: ClientPointer, _ count: Int) {
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    end(client)
  }

  /// Looks at what was read before.
  func serveInput(of client: ClientPointer) {
    guard client.pointee.flags.contains(.isOpen), client.pointee.mayParse, !client.pointee.input.isEmpty else {
      return
    }
    let used = serve(client, client.pointee.input.readable)
    client.pointee.input.consume(used)
    client.pointee.input.shrinkWhenEmpty(keeping: 4096)
    stopReadingIfFull(client)
  }

  /// While a client's requests have to wait, it is read from only to learn that it has gone.
  private func stopReadingIfFull(_ client: ClientPointer) {
    let isFull = !client.pointee.mayParse || client.pointee.flags.contains(.isStalled)
    let mayRead = !isFull || client.pointee.input.count < Self.inputWhileWaiting
    guard mayRead == client.pointee.flags.contains(.readingStopped) else { return }
    client.pointee.flags.formSymmetricDifference(.readingStopped)
    updateInterest(of: client)
  }

  private static let inputWhileWaiting = 64 * 1024

  private func updateInterest(of client: ClientPointer) {
    var interest: EventQueue.Interest = []
    if !client.pointee.flags.contains(.readingStopped) { interest.insert(.reading) }
    if client.pointee.flags.contains(.waitsForRoom) { interest.insert(.writing) }
    events.change(client.pointee.descriptor, interest, .client(client))
  }

  /// Ends clients that take a place and do nothing with it: those that do not log in, and those that do not go on with a
  /// request.
  func endIdle(_ client: ClientPointer) {
    let session = client.pointee.session
    guard session.namespace != nil else {
      if now - session.strangerSince >= Int64(limits.loginSeconds) * 1_000_000 { end(client) }
      return
    }
    session.strangerSince = now
    let unfinished = client.pointee.input.count
    guard unfinished > 0, client.pointee.mayParse, !client.pointee.flags.contains(.isStalled) else {
      session.unfinished = nil
      return
    }
    guard let known = session.unfinished, known.byteCount == unfinished else {
      session.unfinished = (unfinished, now)
      return
    }
    if now - known.since >= Int64(limits.unfinishedRequestSeconds) * 1_000_000 { end(client) }
  }

  func flush(_ client: ClientPointer) {
    guard client.pointee.flags.contains(.isOpen) else { return }
    guard !client.pointee.flags.contains(.waitsForRoom) else {
      if client.pointee.output.count > limits.clientOutput { end(client) }
      return
    }
    while !client.pointee.output.isEmpty {
      let bytes = client.pointee.output.readable
      let count = Glibc.send(
        client.pointee.descriptor, bytes.baseAddress, bytes.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
      if count < 0 {
        if errno == EINTR { continue }
        guard errno == EAGAIN else { return end(client) }
        break
      }
      client.pointee.counters.pointee.bytesOut &+= count
      client.pointee.output.consume(count)
      if count < bytes.count { break }
    }
    if client.pointee.output.isEmpty {
      client.pointee.output.shrinkWhenEmpty()
      if client.pointee.flags.contains(.closesWhenFlushed), client.pointee.outstanding == 0 { end(client) }
    } else {
      guard client.pointee.output.count <= limits.clientOutput else { return end(client) }
      client.pointee.flags.insert(.waitsForRoom)
      updateInterest(of: client)
    }
  }

  /// Ends the connection; its memory is free for others after this pass.
  func end(_ client: ClientPointer) {
    guard client.pointee.flags.contains(.isOpen), !client.pointee.flags.contains(.isClosing) else { return }
    client.pointee.flags.insert(.isClosing)
    closingClients.append(client)
  }

  func closeClients() {
    while let client = closingClients.popLast() {
      leave(client)
      close(client.pointee.descriptor)
      clients.remove(client)
      coordinator.clientCount.leave()
      client.pointee.descriptor = -1
      client.pointee.generation &+= 1
      client.pointee.flags.formIntersection([.isDirty, .isResuming])
      client.pointee.lane = .shared
      client.pointee.resp = 2
      client.pointee.head = 0
      client.pointee.tail = 0
      client.pointee.route = nil
      client.pointee.routeVersion = 0
      client.pointee.counters = strangers
      client.pointee.prefix = UnsafeRawBufferPointer(start: nil, count: 0)
      client.pointee.lastCommand = nil
      client.pointee.parser = RequestParser(limits: requestLimits)
      client.pointee.input = ByteQueue()
      client.pointee.output = ByteQueue()
      client.pointee.held.removeAll()
      freeClients.append(client)
    }
    if isDraining, clients.isEmpty { isStopped = true }
  }
}
