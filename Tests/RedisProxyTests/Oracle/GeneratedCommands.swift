import TestServers

/// Which commands may stand at any place of a session, and what is taken out of their arguments.
enum GeneratedCommands {
  /// Those left out have steps of their own, or are about the server: their answers are `RefusedCommandTests`'.
  static func areInPipelines(_ command: CommandGrammar.Command) -> Bool {
    let first = command.words[0]
    if command.group == "cluster" || command.group == "pubsub" && first != "PUBSUB" { return false }
    if ["server", "connection", "scripting", "transactions"].contains(command.group) {
      return kept.contains(command.words.joined(separator: " "))
    }
    return
      !(withOwnSteps.contains(first) || first == "MIGRATE" || first == "RESTORE-ASKING" || first == "PFSELFTEST"
      || first == "PFDEBUG")
  }

  /// Of the groups that are about the server and the connection.
  private static let kept: Set<String> = [
    "DBSIZE", "TIME", "ECHO", "PING", "SELECT", "CLIENT GETNAME", "CLIENT SETNAME", "CLIENT ID",
    "CLIENT INFO",
    "CLIENT HELP", "CLIENT NO-EVICT", "CLIENT TRACKINGINFO", "CLIENT GETREDIR", "COMMAND COUNT", "COMMAND GETKEYS",
    "COMMAND GETKEYSANDFLAGS",
    "COMMAND INFO", "COMMAND HELP", "MEMORY USAGE", "MEMORY HELP", "SCRIPT EXISTS", "SCRIPT HELP", "LASTSAVE", "ROLE",
    "UNWATCH",
    "ACL WHOAMI", "LOLWUT",
  ]

  /// They block, are random, or have replies of several parts.
  private static let withOwnSteps: Set<String> = [
    "BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "WAIT", "SPOP", "FLUSHALL",
    "FLUSHDB", "SCAN", "HSCAN", "SSCAN", "ZSCAN",
  ]

  /// Takes out what would make the server allocate hundreds of megabytes, block for ever, or depend on the clock.
  static func tame(_ call: inout Call, _ values: inout RandomValues) {
    for index in call.arguments.indices.dropFirst() {
      let before = call.word(index - 1)
      let text = call.word(index)
      let number = Int(text)
      switch call.name {
      case "SETBIT", "SETRANGE", "BITFIELD":
        let digits = Int(text.first == "#" ? String(text.dropFirst()) : text)
        if let digits, (100_000..<4_294_967_296).contains(digits) { call.arguments[index] = Array("4294967296".utf8) }
        if call.name != "SETBIT", text.first == "#", digits ?? 0 > 1000 { call.arguments[index] = Array("#1".utf8) }
      case "SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER":
        if let number, number < -20 { call.arguments[index] = Array("-9223372036854775808".utf8) }
      case "XADD":
        if text == "*" { call.arguments[index] = values.newStreamID() }
      case "XREAD", "XREADGROUP":
        if before == "BLOCK", number ?? 0 >= 0 { call.arguments[index] = Array("10".utf8) }
      default: break
      }
      let isTime = ["EX", "PX", "EXAT", "PXAT"].contains(before) && ["SET", "GETEX"].contains(call.name)
      let isExpiry =
        ["EXPIRE", "PEXPIRE", "SETEX", "PSETEX", "EXPIREAT", "PEXPIREAT", "RESTORE"].contains(call.name) && index == 2
      if isTime || isExpiry, let number, (1..<1_000_000).contains(number) {
        call.arguments[index] = Array("90000000".utf8)
      }
    }
  }
}
