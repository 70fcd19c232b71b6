/// Connections to nodes that are one client's for a while.
extension Worker {
  /// All that was asked on them is answered: they are for others again.
  func leaveExclusiveLane(_ client: ClientPointer) {
    let session = client.pointee.session
    for upstream in session.exclusive { giveBack(upstream) }
    session.exclusive = []
  }

  /// Leaves a connection to others. What is still asked on it is for nobody.
  func giveBack(_ upstream: UpstreamPointer) {
    upstream.pointee.details.owner = nil
    let isClean = (0..<upstream.pointee.pending.count).allSatisfy { upstream.pointee.pending[$0].purpose == .discard }
    if upstream.pointee.state != .ready || !isClean || !link(to: upstream.pointee.details.endpoint).giveBack(upstream) {
      abandon(upstream)
    }
  }

  /// Closes a connection whatever is asked on it: a server forgets a blocked command with it.
  func abandon(_ upstream: UpstreamPointer) {
    upstream.pointee.details.owner = nil
    lost(upstream, "it is not needed any more")
  }

  func lostExclusive(_ upstream: UpstreamPointer, of client: ClientPointer) {
    let session = client.pointee.session
    session.exclusive.removeAll { $0 == upstream }
    if session.watching == upstream {
      session.watching = nil
      session.watchIsBroken = true
    }
  }
}
