/// Errors about a command as a whole, in the words of Redis 7.0 (`commandCheckExistence`, `commandCheckArity`).
enum CommandErrors {
  /// `-ERR unknown command …` or `-ERR unknown subcommand …`.
  static func appendUnknown(_ request: Request, to queue: inout ByteQueue) {}

  static func appendWrongArity(_ spec: UnsafePointer<CommandSpec>, to queue: inout ByteQueue) {}

  static func appendRefusal(_ refusal: Refusal, of spec: UnsafePointer<CommandSpec>, to queue: inout ByteQueue) {}
}
