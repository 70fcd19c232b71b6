/// Commands that may wait for other clients.
enum BlockingCommand {
  /// Whether a request of a command with `Handling.blocking` may wait: `XREAD` and `XREADGROUP` only with `BLOCK`.
  static func waits(_ spec: UnsafePointer<CommandSpec>, _ request: Request) -> Bool {
    guard spec.pointee.keys == .streams else { return true }
    var options = StreamOptions(request, isGroup: spec.pointee.flags.contains(.write))
    return options.readUntilStreams() != nil && options.hasBlock
  }
}
