import RedisNamespaces

/// Where a client's request belongs.
enum Place {
  case slot(UInt16)
  /// The keys are in several slots.
  case several
}

extension Worker {
  /// The slot of a request's keys, whose indexes `keys` holds. A request without keys belongs to any node, the same one for
  /// all of a spread namespace's, so that their order is kept.
  func place(_ request: Request, of client: ClientPointer) -> Place {
    guard let namespace = client.pointee.session.namespace else { return .several }
    if namespace.slot != nil { return .slot(client.pointee.slot) }
    guard !keys.pointee.isEmpty else { return .slot(Self.homeSlot(of: namespace)) }
    let first = slot(of: request[keys.pointee[0]], client)
    for index in 1..<max(1, keys.pointee.count) where slot(of: request[keys.pointee[index]], client) != first {
      return .several
    }
    return .slot(first)
  }

  /// The slot of a request's keys, whose indexes are then in `keys`, and the connection of one kind to its node. Where there
  /// is none, the request is answered.
  func place(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer,
    on connection: (UInt16) -> UpstreamPointer?
  ) -> (slot: UInt16, upstream: UpstreamPointer)? {
    KeyPositions.find(spec, request, into: &keys.pointee)
    guard case .slot(let slot) = place(request, of: client) else {
      respond(to: client, Self.crossSlot)
      return nil
    }
    guard let upstream = connection(slot) else {
      respond(to: client, Self.unserved)
      return nil
    }
    return (slot, upstream)
  }

  /// The slot of a key of a spread namespace.
  func slot(of key: UnsafeRawBufferPointer, _ client: ClientPointer) -> UInt16 {
    UInt16(truncatingIfNeeded: HashSlot(ofKey: key, prefix: client.pointee.prefix).number)
  }

  /// Of what has no keys in a spread namespace.
  static func homeSlot(of namespace: Namespace) -> UInt16 {
    UInt16(truncatingIfNeeded: HashSlot(ofKey: namespace.realName).number)
  }

  /// The shared connection to the node that serves a slot; nil if nobody is known to.
  func shared(_ slot: UInt16, _ client: ClientPointer) -> UpstreamPointer? {
    if slot == client.pointee.slot { return route(of: client) }
    guard let endpoint = topology?.master(of: Int(slot)) else { return nil }
    let upstream = link(to: endpoint).shared(resp: client.pointee.resp, worker: self)
    if client.pointee.route.map({ $0.pointee.output.count < upstream.pointee.output.count }) ?? true {
      // Of those that a spread namespace uses, the one for which most waits: it is what reading waits for.
      client.pointee.route = upstream
    }
    return upstream
  }

  static let unserved: StaticString = "-CLUSTERDOWN Hash slot not served\r\n"
  static let crossSlot: StaticString = "-CROSSSLOT Keys in request don't hash to the same slot\r\n"
}
