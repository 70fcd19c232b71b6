/// A script on its way. By its hash, if this connection's server was given it before; if that has forgotten it, again with
/// its text.
final class ScriptExchange: Exchange {
  private let script: WrappedScript
  /// Whose script is known when a node has taken it; nil if it is known already.
  private let namespace: Namespace?
  private let count: Int
  private let arguments: [UInt8]
  private let isReadOnly: Bool
  private let slot: UInt16
  private var wasSentByHash = false
  private let prefix: [UInt8]

  init(
    for client: ClientPointer, _ script: WrappedScript, _ namespace: Namespace?, count: Int, arguments: [UInt8],
    isReadOnly: Bool, _ slot: UInt16
  ) {
    self.script = script
    self.namespace = namespace
    self.count = count
    self.arguments = arguments
    self.isReadOnly = isReadOnly
    self.slot = slot
    prefix = Array(client.pointee.prefix)
    super.init(for: client)
  }

  func send(to upstream: UpstreamPointer, on worker: Worker) {
    wasSentByHash = !upstream.pointee.details.knownScripts.insert(script.wrappedHash).inserted
    worker.send(self, to: upstream, slot: slot, isReadOnly ? .isReadOnly : []) { output in
      output.append(arrayOf: count)
      if wasSentByHash {
        output.append(bulk: isReadOnly ? "EVALSHA_RO" : "EVALSHA")
        script.wrappedHash.withUnsafeBytes { output.append(bulk: $0) }
      } else {
        output.append(bulk: isReadOnly ? "EVAL_RO" : "EVAL")
        script.text.withUnsafeBytes { output.append(bulk: $0) }
      }
      arguments.withUnsafeBytes { output.append($0) }
    }
  }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    guard reply.first == UInt8(ascii: "-") else {
      if let namespace { worker.scriptStore.take(script.userHash, namespace) }
      return finish(reply, on: worker)
    }
    if wasSentByHash, reply.starts(with: "-NOSCRIPT".utf8), isWanted, let upstream = worker.scripts(slot, client) {
      upstream.pointee.details.knownScripts.remove(script.wrappedHash)
      // Nothing of the client's may overtake it.
      client.pointee.flags.insert(.waitsForReplies)
      return send(to: upstream, on: worker)
    }
    if let namespace, !ScriptErrors.isRefusal(reply) { worker.scriptStore.take(script.userHash, namespace) }
    finish(on: worker) { output in
      prefix.withUnsafeBytes { script.appendError(reply, prefix: $0, to: &output) }
    }
  }
}

/// SCRIPT LOAD on its way.
final class ScriptLoadExchange: Exchange {
  private let script: WrappedScript
  private let namespace: Namespace

  init(for client: ClientPointer, _ script: WrappedScript, _ namespace: Namespace) {
    self.script = script
    self.namespace = namespace
    super.init(for: client)
  }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    guard reply.first != UInt8(ascii: "-") else { return finish(reply, on: worker) }
    worker.scriptStore.take(script.userHash, namespace)
    finish(on: worker) { output in script.userHash.withUnsafeBytes { output.append(bulk: $0) } }
  }
}
