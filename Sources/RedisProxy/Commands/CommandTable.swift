/// All commands of Redis 7.0, found by their names without allocation. Never changes after it was made.
struct CommandTable: @unchecked Sendable {
  // Sendable: the memory behind the pointers is written in `init` only, and never freed.
  static let shared = CommandTable()

  private init() {}

  /// A command by its name in upper or lower case, or nil. Of a container it is the container itself.
  func find(_ name: UnsafeRawBufferPointer) -> UnsafePointer<CommandSpec>? { nil }

  /// The command of a request; of a container with a second argument, its subcommand. Nil if there is none, which
  /// `CommandErrors.appendUnknown` tells the client.
  func find(_ request: Request) -> UnsafePointer<CommandSpec>? { nil }

  /// Every command and subcommand.
  var all: UnsafeBufferPointer<CommandSpec> { UnsafeBufferPointer(start: nil, count: 0) }
}
