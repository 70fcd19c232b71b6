/// What is known of a command or a subcommand.
struct CommandSpec {
  /// In lower case, of a subcommand with its container: `xgroup|create`, as Redis' errors name it. Never freed.
  let name: UnsafeRawBufferPointer
  /// Of all arguments with the name: exact, or at least `-arity`.
  let arity: Int16
  var flags: CommandFlags
  let keys: KeyRule
  /// How it is divided among the slots of a spread namespace.
  let split: SplitRule
  let handling: Handling

  @inline(__always)
  func accepts(argumentCount: Int) -> Bool {
    arity >= 0 ? argumentCount == Int(arity) : argumentCount >= -Int(arity)
  }
}

struct CommandFlags: OptionSet {
  let rawValue: UInt8

  static let write = CommandFlags(rawValue: 1)
  static let readOnly = CommandFlags(rawValue: 2)
  /// Has subcommands.
  static let container = CommandFlags(rawValue: 4)
  /// May be called before logging in.
  static let noLogin = CommandFlags(rawValue: 8)
  /// May add data, so that it is refused where there is no memory left.
  static let growsData = CommandFlags(rawValue: 16)
}

/// Where a command has its keys.
enum KeyRule: Equatable {
  case none
  /// As `COMMAND` describes it: a negative last one counts from the end.
  case range(first: Int8, last: Int8, step: Int8)
  /// The argument says how many keys follow it. `destination`: argument 1 is a key, too.
  case counted(at: Int8, destination: Bool)
  /// `XREAD`, `XREADGROUP`: the first half of what follows `STREAMS`.
  case streams
  /// Key, `STORE`, and the patterns of `BY` and `GET` that name keys.
  case sort
  /// Key, and what follows `STORE` or `STOREDIST` from the argument on.
  case geoRadius(options: Int8)
}

enum SplitRule: UInt8 {
  case none
  /// `MGET`: the values in the order of the keys.
  case values
  /// `MSET`: pairs; all must succeed.
  case pairs
  /// `DEL`, `UNLINK`, `EXISTS`, `TOUCH`: a sum.
  case sum
}
