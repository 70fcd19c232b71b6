/// A SUBSCRIBE or UNSUBSCRIBE on its way: confirmed to the client when the nodes have confirmed all of it.
final class SubscriptionExchange: Exchange {
  private let kind: Subscriptions.Kind
  private let names: [[UInt8]]
  private let isSubscribing: Bool
  private var error: [UInt8]?

  init(for client: ClientPointer, _ kind: Subscriptions.Kind, _ names: [[UInt8]], isSubscribing: Bool) {
    self.kind = kind
    self.names = names
    self.isSubscribing = isSubscribing
    super.init(for: client)
  }

  func refuse(_ text: StaticString, on worker: Worker) { error = Array(StaticReply(text).bytes) }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    if reply.first == UInt8(ascii: "-") { error = error ?? Array(reply) }
    if missing == 1 { complete(on: worker) }
  }

  func complete(on worker: Worker) {
    guard isWanted else { return }
    let session = client.pointee.session
    if let error {
      error.withUnsafeBytes { finish($0, on: worker) }
      return worker.end(client)
    }
    let isPush = client.pointee.resp == 3
    finish(on: worker) { reply in
      for name in names {
        if isSubscribing {
          session.subscriptions?.insert(name, kind)
        } else {
          session.subscriptions?.remove(name, kind)
        }
        append(name, to: &reply, isPush)
      }
      if names.isEmpty { append(nil, to: &reply, isPush) }
    }
    if let subscriptions = session.subscriptions { worker.closeUnused(subscriptions) }
    worker.updateSpecial(client)
  }

  private func append(_ name: [UInt8]?, to reply: inout ByteQueue, _ isPush: Bool) {
    reply.append(isPush ? ">3\r\n" : "*3\r\n")
    reply.append(bulk: Subscriptions.verb(kind, isSubscribing))
    if let name {
      name.withUnsafeBytes { reply.append(bulk: $0) }
    } else {
      reply.append(isPush ? "_\r\n" : "$-1\r\n")
    }
    reply.append(integer: client.pointee.session.subscriptions?.count(kind) ?? 0)
  }
}
