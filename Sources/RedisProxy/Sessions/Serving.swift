import RedisNamespaces

/// From a client's input to the requests of nodes.
extension Worker {
  /// Takes as many requests as may be taken now.
  ///
  /// - Returns: how many bytes were used.
  func serve(_ client: ClientPointer, _ bytes: UnsafeRawBufferPointer) -> Int {
    var offset = 0
    while offset < bytes.count, client.pointee.mayParse {
      guard hasRoom(client, 1) else {
        stall(client)
        break
      }
      switch client.pointee.parser.parse(UnsafeRawBufferPointer(rebasing: bytes[offset...])) {
      case .request(let request):
        let isTaken =
          client.pointee.flags.isDisjoint(with: .isMetered)
          ? take(request, of: client) : takeMetered(request, of: client)
        guard isTaken else { return offset }
        offset += request.byteCount
      case .incomplete:
        return offset
      case .nothing(let byteCount):
        offset += byteCount
      case .failure(let failure):
        respond(to: client) { failure.append(to: &$0) }
        closeAfterReplies(client)
        return bytes.count
      }
    }
    return offset
  }

  /// - Returns: false if the request has to be looked at again when the client's replies are out.
  @inline(__always)
  private func take(_ request: Request, of client: ClientPointer) -> Bool {
    guard let spec = commands.find(request) else {
      takeUnknown(request, of: client)
      return true
    }
    client.pointee.lastCommand = spec
    if client.pointee.flags.isDisjoint(with: .isSpecial), spec.pointee.handling == .keys,
      spec.pointee.accepts(argumentCount: request.count), client.pointee.lane == .shared,
      let route = route(of: client)
    {
      forward(request, spec, of: client, to: route)
      return true
    }
    return takeSpecial(request, spec, of: client)
  }

  /// A request of a namespace that may not take as much as it likes.
  @inline(never)
  private func takeMetered(_ request: Request, of client: ClientPointer) -> Bool {
    guard hasTurn(client) else { return false }
    guard mayGrow(client) || !growsData(request) else {
      refuseGrowth(client)
      return true
    }
    guard take(request, of: client) else { return false }
    client.pointee.flags.remove(.hasTurn)
    return true
  }

  /// The shared connection to the node of the client's slot; nil if nobody is known to serve it.
  @inline(__always)
  func route(of client: ClientPointer) -> UpstreamPointer? {
    if client.pointee.routeVersion != state.pointee.routeVersion { findRoute(of: client) }
    return client.pointee.route
  }

  /// Passes a request on, with the prefix in front of its keys. This is what most commands come to: nothing in here
  /// allocates, counts references, or calls what does.
  @inline(__always)
  private func forward(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer, to upstream: UpstreamPointer
  ) {
    KeyPositions.find(spec, request, into: &keys.pointee)
    let before = upstream.pointee.output.count
    RequestWriter.append(
      request, keys: keys.pointee, prefix: client.pointee.prefix, to: &upstream.pointee.output)
    upstream.pointee.pending.append(
      PendingReply(
        client: client, generation: client.pointee.generation, ticket: client.pointee.takeTicket(),
        byteCount: UInt32(truncatingIfNeeded: upstream.pointee.output.count - before), sentAt: state.pointee.now.stamp,
        slot: client.pointee.slot, purpose: .forward,
        attributes: spec.pointee.flags.contains(.readOnly) ? .isReadOnly : []))
    client.pointee.counters.pointee.commands &+= 1
    markDirty(upstream)
  }

  @inline(never)
  private func findRoute(of client: ClientPointer) {
    client.pointee.routeVersion = state.pointee.routeVersion
    client.pointee.route = nil
    guard let slot = client.pointee.session.namespace?.slot, let endpoint = topology?.master(of: slot) else { return }
    client.pointee.route = link(to: endpoint).shared(resp: client.pointee.resp, worker: self)
  }

  /// Whether more of a client's requests may be taken, by a share of what is allowed.
  @inline(__always)
  private func hasRoom(_ client: ClientPointer, _ divisor: Int) -> Bool {
    client.pointee.outstanding < limits.outstandingRequests / divisor
      && client.pointee.output.count < limits.clientOutputPause / divisor
      && client.pointee.route.map { $0.pointee.output.count < limits.upstreamOutput / divisor } ?? true
  }

  private func stall(_ client: ClientPointer) {
    guard !client.pointee.flags.contains(.isStalled) else { return }
    client.pointee.flags.insert(.isStalled)
    stalledClients.append(client)
  }

  /// Lets those go on whose replies have meanwhile come, and were written.
  func resumeStalledClients() {
    guard !stalledClients.isEmpty else { return }
    stalledClients.removeAll { client in
      guard client.pointee.flags.contains(.isStalled) else { return true }
      // Half, so that it does not stop again at once.
      guard hasRoom(client, 2) else { return false }
      client.pointee.flags.remove(.isStalled)
      resume(client)
      return true
    }
  }

  /// No more requests are taken; the connection ends when the replies to the earlier ones are written.
  func closeAfterReplies(_ client: ClientPointer) {
    client.pointee.flags.insert(.closesWhenFlushed)
    markDirty(client)
  }
}
