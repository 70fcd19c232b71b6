/// Commands that wait for other clients. On a shared connection one would stop everybody, so each has a connection to itself
/// until it is answered.
extension Worker {
  /// - Returns: false if the request has to be looked at again when the client's replies are out.
  func block(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer, _ translation: ReplyTranslation
  ) -> Bool {
    guard client.pointee.outstanding == 0 else { return waitForReplies(client) }
    guard let (slot, upstream) = place(request, spec, of: client, on: { takeExclusive($0, client) }) else {
      return true
    }
    client.pointee.lane = .exclusive
    client.pointee.session.exclusive.append(upstream)
    send(request, spec, of: client, translation, slot: slot, to: upstream)
    // A blocked client's further requests wait, as in Redis.
    client.pointee.flags.insert(.waitsForReplies)
    return true
  }

  /// A connection of the client's own to the node that serves a slot; nil if nobody is known to.
  func takeExclusive(_ slot: UInt16, _ client: ClientPointer) -> UpstreamPointer? {
    guard let endpoint = topology?.master(of: Int(slot)) else { return nil }
    let upstream = link(to: endpoint).takeExclusive(resp: client.pointee.resp, worker: self)
    upstream.pointee.details.owner = client
    return upstream
  }
}
