/// Errors about a command as a whole, in the words of Redis 7.0 (`commandCheckExistence`, `commandCheckArity`).
enum CommandErrors {
  /// Redis quotes at most this many bytes.
  private static let quotedLength = 128

  /// `-ERR unknown command …` or `-ERR unknown subcommand …`.
  static func appendUnknown(_ request: Request, to queue: inout ByteQueue) {
    if CommandTable.shared.find(request[0]) != nil, request.count > 1 {
      queue.append("-ERR unknown subcommand '")
      appendQuoted(request[1], limit: quotedLength, to: &queue)
      queue.append("'. Try ")
      appendUpperCase(request[0], to: &queue)
      queue.append(" HELP.\r\n")
      return
    }
    queue.append("-ERR unknown command '")
    appendQuoted(request[0], limit: quotedLength, to: &queue)
    queue.append("', with args beginning with: ")
    let start = queue.count
    for index in 1..<max(request.count, 1) where queue.count - start < quotedLength {
      let room = quotedLength - (queue.count - start)
      queue.append(byte: UInt8(ascii: "'"))
      appendQuoted(request[index], limit: room, to: &queue)
      queue.append("' ")
    }
    queue.append("\r\n")
  }

  static func appendWrongArity(_ spec: UnsafePointer<CommandSpec>, to queue: inout ByteQueue) {
    queue.append("-ERR wrong number of arguments for '")
    queue.append(spec.pointee.name)
    queue.append("' command\r\n")
  }

  static func appendRefusal(_ refusal: Refusal, of spec: UnsafePointer<CommandSpec>, to queue: inout ByteQueue) {
    if refusal == .cluster {
      // What a standalone server says.
      queue.append("-ERR This instance has cluster support disabled\r\n")
      return
    }
    queue.append("-ERR ")
    appendUpperCase(spec.pointee.name, to: &queue)
    queue.append(" is not available in a namespace")
    switch refusal {
    case .administration, .cluster: break
    case .functions: queue.append(": libraries are shared by all users of the server. Use EVAL or EVALSHA instead")
    case .migration: queue.append(". Use DUMP and RESTORE instead")
    case .swapping: queue.append(". Use RENAME, MOVE or COPY instead")
    case .otherClients: queue.append(": it is about clients of others, too")
    }
    queue.append("\r\n")
  }

  /// - Parameter reason: after the command's name.
  static func appendOutsideTransactions(
    _ spec: UnsafePointer<CommandSpec>, _ reason: StaticString = "is not available inside a transaction",
    to queue: inout ByteQueue
  ) {
    queue.append("-ERR ")
    appendUpperCase(spec.pointee.name, to: &queue)
    queue.append(" ")
    queue.append(reason)
    queue.append("\r\n")
  }

  /// As C's `%.*s`: up to a zero byte. A line end becomes a space, as in every error of Redis.
  private static func appendQuoted(_ bytes: UnsafeRawBufferPointer, limit: Int, to queue: inout ByteQueue) {
    for byte in bytes.prefix(limit) {
      if byte == 0 { return }
      queue.append(byte: byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") ? UInt8(ascii: " ") : byte)
    }
  }

  private static func appendUpperCase(_ name: UnsafeRawBufferPointer, to queue: inout ByteQueue) {
    for byte in name {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): queue.append(byte: byte & ~0x20)
      case UInt8(ascii: "|"): queue.append(byte: UInt8(ascii: " "))
      default: queue.append(byte: byte)
      }
    }
  }
}
