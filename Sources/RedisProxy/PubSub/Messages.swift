/// What arrives on a client's subscription connections.
extension Worker {
  func takeMessage(_ message: UnsafeRawBufferPointer, of upstream: UpstreamPointer) {
    guard let client = upstream.pointee.details.owner else { return }
    var cursor = ReplyCursor(message)
    guard message.first == UInt8(ascii: "*"), let head = cursor.next(), let verb = cursor.next() else {
      return confirm(message, of: upstream)
    }
    let word = cursor.bytes(of: verb)
    let hasPattern = word.elementsEqual("pmessage".utf8)
    guard hasPattern || word.elementsEqual("message".utf8) || word.elementsEqual("smessage".utf8),
      head.count == (hasPattern ? 4 : 3)
    else { return confirm(message, of: upstream) }
    var parts: [UnsafeRawBufferPointer] = []
    while let element = cursor.next() { parts.append(cursor.bytes(of: element)) }
    guard parts.count == head.count - 1, let namespace = client.pointee.session.namespace else { return }
    if client.pointee.session.subscriptions?.notifications.values.contains(upstream) ?? false {
      notify(client, channel: parts[parts.count - 2], payload: parts[parts.count - 1], namespace)
    } else {
      let prefix = namespace.channel
      push(to: client) { output in
        output.append(client.pointee.resp == 3 ? ">" : "*")
        output.append(decimal: head.count)
        output.append("\r\n")
        output.append(bulk: word)
        for part in parts.dropLast() { output.append(bulk: ReplyTranslator.stripped(part, prefix) ?? part) }
        output.append(bulk: parts[parts.count - 1])
      }
    }
  }

  /// The confirmation of a subscription, or an error in its place.
  private func confirm(_ message: UnsafeRawBufferPointer, of upstream: UpstreamPointer) {
    guard !upstream.pointee.pending.isEmpty else {
      // The node ended a subscription by itself, since the slot of the channel is no longer its own.
      return lost(upstream, "it ended a subscription")
    }
    let entry = upstream.pointee.pending[0]
    upstream.pointee.pending.removeFirst()
    upstream.pointee.requestAnswered(Int(entry.byteCount))
    answer(entry, with: message)
  }

  /// A change of a key that may be the client's: in `__keyspace@0__:key` the channel names it, in `__keyevent@0__:event` the
  /// payload.
  private func notify(
    _ client: ClientPointer, channel: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer, _ namespace: Namespace
  ) {
    guard let colon = channel.firstIndex(of: UInt8(ascii: ":")) else { return }
    let isAboutKey = channel.starts(with: "__keyspace@".utf8)
    let name = UnsafeRawBufferPointer(rebasing: channel[(colon + 1)...])
    let fullKey = isAboutKey ? name : payload
    for database in 0..<Namespace.databases {
      let prefix = namespace.prefix(ofDatabase: database)
      guard fullKey.starts(with: prefix) else { continue }
      let key = UnsafeRawBufferPointer(rebasing: fullKey[prefix.count...])
      let local =
        Array("__key\(isAboutKey ? "space" : "event")@\(database)__:".utf8) + Array(isAboutKey ? key : name)
      deliver(local, isAboutKey ? payload : key, to: client)
      return
    }
  }

  private func deliver(_ channel: [UInt8], _ payload: UnsafeRawBufferPointer, to client: ClientPointer) {
    guard let subscriptions = client.pointee.session.subscriptions else { return }
    let mark: StaticString = client.pointee.resp == 3 ? ">" : "*"
    channel.withUnsafeBytes { channelBytes in
      if subscriptions.channels.contains(channel) {
        push(to: client) { output in
          output.append(mark)
          output.append("3\r\n$7\r\nmessage\r\n")
          output.append(bulk: channelBytes)
          output.append(bulk: payload)
        }
      }
      for pattern in subscriptions.patterns {
        pattern.withUnsafeBytes { patternBytes in
          guard GlobPattern.matches(patternBytes, channelBytes) else { return }
          push(to: client) { output in
            output.append(mark)
            output.append("4\r\n$8\r\npmessage\r\n")
            output.append(bulk: patternBytes)
            output.append(bulk: channelBytes)
            output.append(bulk: payload)
          }
        }
      }
    }
  }

  /// Writes what is no reply. A subscriber that does not read is ended, so that it cannot take the memory of all (Redis'
  /// `client-output-buffer-limit pubsub`).
  private func push(to client: ClientPointer, _ body: (inout ByteQueue) -> Void) {
    body(&client.pointee.output)
    markDirty(client)
    let session = client.pointee.session
    let count = client.pointee.output.count
    if count > limits.subscriberOutput { return end(client) }
    if count <= limits.subscriberOutputForMinute {
      session.slowSince = nil
    } else if let since = session.slowSince {
      if now - since > 60_000_000 { end(client) }
    } else {
      session.slowSince = now
    }
  }
}
