/// Connections to nodes that are one client's for a while.
extension Worker {
  /// All that was asked on them is answered: they are for others again.
  func leaveExclusiveLane(_ client: ClientPointer) {
    let session = client.pointee.session
    for upstream in session.exclusive {
      upstream.pointee.details.owner = nil
      if upstream.pointee.state != .ready || !upstream.pointee.pending.isEmpty
        || !link(to: upstream.pointee.details.endpoint).giveBack(upstream)
      {
        abandon(upstream)
      }
    }
    session.exclusive = []
  }

  /// Closes a connection whatever is asked on it: a server forgets a blocked command with it.
  func abandon(_ upstream: UpstreamPointer) {
    upstream.pointee.details.owner = nil
    lost(upstream, "it is not needed any more")
  }

  func lostExclusive(_ upstream: UpstreamPointer, of client: ClientPointer) {
    client.pointee.session.exclusive.removeAll { $0 == upstream }
  }

  func lostSubscriptions(_ upstream: UpstreamPointer, of client: ClientPointer) {}
  func takeMessage(_ message: UnsafeRawBufferPointer, of upstream: UpstreamPointer) {}
}
