/// `PUBSUB CHANNELS`, `NUMSUB` and their kin of sharded channels.
enum ChannelList {
  private static func isList(_ command: SubscriptionCommand) -> Bool {
    command == .channels || command == .shardChannels
  }

  static func hasTooManyArguments(_ command: SubscriptionCommand, _ request: Request) -> Bool {
    isList(command) && request.count > 3
  }

  static func appendTooManyArguments(_ request: Request, to queue: inout ByteQueue) {
    queue.append("-ERR unknown subcommand or wrong number of arguments for '")
    queue.append(request[1])
    queue.append("'. Try PUBSUB HELP.\r\n")
  }

  static func appendQuestion(
    _ command: SubscriptionCommand, _ request: Request, prefix: UnsafeRawBufferPointer, to queue: inout ByteQueue
  ) {
    queue.append(arrayOf: isList(command) ? 3 : request.count)
    queue.append(bulk: request[0])
    queue.append(bulk: request[1])
    for index in 2..<max(2, request.count) { queue.append(bulk: prefix, request[index]) }
    if isList(command), request.count == 2 { queue.append(bulk: prefix, StaticReply("*").bytes) }
  }

  /// The reply: channels, with or without numbers between them.
  static func append(_ reply: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer, to queue: inout ByteQueue) {
    guard reply.first == UInt8(ascii: "*") else { return queue.append(reply) }
    var elements = ReplyElements(reply)
    queue.append(arrayOf: elements.count)
    while let element = elements.next() {
      var cursor = ReplyCursor(element)
      if element.first == UInt8(ascii: "$"), let text = cursor.next() {
        ReplyTranslator.appendKey(cursor.bytes(of: text), prefix: prefix, to: &queue)
      } else {
        queue.append(element)
      }
    }
  }
}
