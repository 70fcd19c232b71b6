/// What a command comes to that is not simply passed on.
extension Worker {
  func takeUnknown(_ request: Request, of client: ClientPointer) {
    respond(to: client) { CommandErrors.appendUnknown(request, to: &$0) }
  }

  /// - Returns: false if the request has to be looked at again when the client's replies are out.
  @inline(never)
  func takeSpecial(_ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer) -> Bool {
    let session = client.pointee.session
    guard spec.pointee.accepts(argumentCount: request.count) else {
      respond(to: client) { CommandErrors.appendWrongArity(spec, to: &$0) }
      return true
    }
    guard session.namespace != nil || spec.pointee.flags.contains(.noLogin) else {
      respond(to: client, "-NOAUTH Authentication required.\r\n")
      return true
    }
    switch spec.pointee.handling {
    case .keys: return pass(request, spec, of: client, .errors)
    case .keysInReply(let translation): return pass(request, spec, of: client, translation)
    case .blocking(let translation): return pass(request, spec, of: client, translation ?? .errors)
    case .local(let command): return answer(command, request, of: client)
    case .refused(let refusal):
      respond(to: client) { CommandErrors.appendRefusal(refusal, of: spec, to: &$0) }
    case .keySpace, .transaction, .subscription, .script:
      respond(to: client, "-ERR not available yet\r\n")
    }
    return true
  }

  /// Passes a command on whose reply is translated, or whose client's commands are not all simply passed on.
  private func pass(
    _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer, _ translation: ReplyTranslation
  ) -> Bool {
    guard client.pointee.lane == .shared || client.pointee.outstanding == 0 else { return waitForReplies(client) }
    guard let upstream = route(of: client) else {
      respond(to: client, "-CLUSTERDOWN Hash slot not served\r\n")
      return true
    }
    KeyPositions.find(spec, request, into: &keys.pointee)
    let before = upstream.pointee.output.count
    RequestWriter.append(
      request, keys: keys.pointee, prefix: client.pointee.prefix, to: &upstream.pointee.output)
    var attributes: PendingReply.Attributes = spec.pointee.flags.contains(.readOnly) ? .isReadOnly : []
    if !client.pointee.session.takesReplies { attributes.insert(.isSilent) }
    upstream.pointee.pending.append(
      PendingReply(
        client: client, generation: client.pointee.generation, ticket: client.pointee.takeTicket(),
        byteCount: UInt32(truncatingIfNeeded: upstream.pointee.output.count - before), sentAt: now.stamp,
        detail: UInt32(translation.rawValue), slot: client.pointee.slot,
        purpose: translation == .errors ? .forward : .translate, attributes: attributes))
    client.pointee.counters.pointee.commands &+= 1
    markDirty(upstream)
    return true
  }
}
