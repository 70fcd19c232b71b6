/// Random calls of any command that Redis documents, from its grammar.
struct CommandGenerator {
  var values: RandomValues
  private let commands: [CommandGrammar.Command]
  private let byGroup: [String: [CommandGrammar.Command]]

  init(_ grammar: CommandGrammar, seed: UInt64) {
    values = RandomValues(seed: seed)
    commands = grammar.commands.filter { GeneratedCommands.areInPipelines($0) }
    byGroup = Dictionary(grouping: commands, by: \.group)
  }

  /// What is written into, and what reads it.
  private static let dataGroups = [
    "string", "list", "hash", "set", "sorted-set", "geo", "stream", "bitmap", "hyperloglog", "generic",
  ]

  mutating func call() -> Call {
    let groups = values.chance(92) ? Self.dataGroups : byGroup.keys.sorted()
    let command = values.pick(byGroup[values.pick(groups)] ?? commands)
    return call(of: command)
  }

  mutating func call(of command: CommandGrammar.Command) -> Call {
    var builder = ArgumentBuilder(command: command, values: values)
    builder.add(command.arguments)
    values = builder.values
    var call = Call(command.words.map { Array($0.utf8) } + builder.finished)
    if values.chance(6) { mutate(&call) }
    if values.chance(10) {
      call.arguments[0] = Array(String(decoding: call.arguments[0], as: UTF8.self).lowercased().utf8)
    }
    GeneratedCommands.tame(&call, &values)
    call.isInline = !call.arguments.isEmpty && values.chance(3)
    return call
  }

  /// Makes a call wrong, or at least strange.
  private mutating func mutate(_ call: inout Call) {
    let index = values.number(1...max(1, call.arguments.count - 1))
    let exists = call.arguments.indices.contains(index)
    switch values.number(0...6) {
    case 0 where exists: call.arguments.removeLast()
    case 1 where exists: call.arguments.remove(at: index)
    case 2 where exists: call.arguments[index] = values.oddNumber()
    case 3 where exists: call.arguments[index] = values.value()
    case 4:
      call.arguments.insert(
        values.text("NOSUCH", "GET", "STORE", "COUNT", "LIMIT", "WITHSCORES", ""), at: min(index, call.arguments.count))
    case 5 where exists: call.arguments.swapAt(index, call.arguments.count - 1)
    default: call.arguments.append(values.value())
    }
  }
}

/// Fills in one command's arguments.
struct ArgumentBuilder {
  let command: CommandGrammar.Command
  var values: RandomValues
  private var arguments: [[UInt8]] = []
  /// Where the number of the keys that follow is to stand.
  private var numberOfKeys: Int?
  /// A list that goes with the keys, such as WEIGHTS, has as many.
  private var keyCount = 1

  init(command: CommandGrammar.Command, values: RandomValues) {
    self.command = command
    self.values = values
  }

  var finished: [[UInt8]] { arguments }

  mutating func add(_ list: [CommandGrammar.Argument]) {
    for argument in list where !argument.isOptional || values.chance(35) { add(argument) }
  }

  private mutating func add(_ argument: CommandGrammar.Argument) {
    if let token = argument.token { arguments.append(Array(token.utf8)) }
    for index in 0..<repetitions(of: argument) {
      if index > 0, argument.repeatsToken, let token = argument.token { arguments.append(Array(token.utf8)) }
      add(argument.element)
    }
  }

  private mutating func repetitions(of argument: CommandGrammar.Argument) -> Int {
    guard argument.isMultiple else { return 1 }
    switch argument.element {
    case .key:
      // XREAD takes as many IDs as keys.
      keyCount = values.chance(5) ? values.number(4...9) : values.number(1...3)
      if let position = numberOfKeys, values.chance(95) { arguments[position] = Array("\(keyCount)".utf8) }
      numberOfKeys = nil
      return keyCount
    case .value("weight", _): return values.chance(92) ? keyCount : values.number(1...3)
    case .value("id", _) where ["XREAD", "XREADGROUP"].contains(command.words[0]):
      return values.chance(95) ? keyCount : values.number(1...3)
    default: return values.chance(4) ? values.number(5...40) : values.number(1...3)
    }
  }

  private mutating func add(_ element: CommandGrammar.Element) {
    switch element {
    case .token: break
    case .oneOf(let choices): add(values.pick(choices))
    case .block(let parts): add(parts)
    case .key: arguments.append(values.key(of: command.group))
    case .value("numkeys", _):
      numberOfKeys = arguments.count
      arguments.append(values.small())
    case .value(let name, let type): arguments.append(value(name, type))
    }
  }

  private mutating func value(_ name: String, _ type: String) -> [UInt8] {
    if values.chance(2) { return values.oddNumber() }
    if let named = value(named: name, type) { return named }
    switch type {
    case "integer": return values.integer()
    case "double": return values.double()
    case "pattern": return values.keyPattern()
    default: return values.value()
    }
  }

  /// What makes sense for an argument of this name.
  private mutating func value(named name: String, _ type: String) -> [UInt8]? {
    let first = command.words[0]
    let isStream = command.group == "stream"
    switch name {
    case "seconds": return values.seconds()
    case "milliseconds", "ttl": return first.hasPrefix("X") ? values.text("1", "10") : values.milliseconds()
    case "ms": return values.text("0", "1000000", "-1")
    case "unix-time-seconds": return values.unixTime(inMilliseconds: false)
    case "unix-time-milliseconds": return values.unixTime(inMilliseconds: true)
    case "min-idle-time": return values.text("0", "0", "3600000", "abc")
    case "timeout": return values.text("0.01", "0.02", "-1", "abc", "1e400")
    case "min", "max": return type == "double" ? values.scoreBound() : values.lexicalBound()
    case "start" where isStream, "end" where isStream: return values.streamID("-", "+", "(1-1", "0")
    case "start" where first == "ZRANGE" || first == "ZRANGESTORE", "stop" where first == "ZRANGE":
      return values.chance(60) ? values.integer() : values.chance(50) ? values.scoreBound() : values.lexicalBound()
    case "id" where first == "XADD": return values.newStreamID()
    case "id", "last-id", "lastid", "max_deleted_entry_id", "threshold":
      return first == "XTRIM" || first == "XADD"
        ? (values.chance(50) ? values.small() : values.streamID("0"))
        : values.streamID("0", "$", ">", "0-0", "-", "+", "*")
    case "group", "groupname": return values.text("g1", "g1", "g1", "g2", "nogroup")
    case "consumer", "consumername": return values.text("alice", "bob", "carol")
    case "field": return values.text("f1", "f2", "f3", "f4", "a", "1", "")
    case "member", "member1", "member2", "element", "pivot": return values.member()
    case "longitude": return values.text("12.5", "10.75", "7.44", "-0.12", "180", "-180", "181", "13.361389")
    case "latitude": return values.text("41.9", "59.9", "46.9", "51.5", "85.05112878", "86", "38.115556")
    case "radius", "width", "height": return values.text("100", "1000", "2000.5", "0", "-1", "50000")
    case "encoding": return values.text("u8", "i16", "u1", "i64", "u63", "u64", "i5", "x8")
    case "offset" where ["BITFIELD", "BITFIELD_RO"].contains(first):
      return values.text("0", "#1", "7", "100", "#3", "-1")
    case "offset": return values.text("0", "1", "7", "8", "100", "-1")
    case "bit": return values.text("0", "1", "1", "2")
    case "value" where first == "SETBIT": return values.text("0", "1", "1", "2")
    case "count", "limit", "num-matches", "len", "rank":
      return values.chance(15) ? values.text("0", "-1", "-2", "100") : values.small()
    case "index" where first == "SELECT", "index1", "index2", "db", "destination-db":
      return values.text("0", "0", "1", "2", "15", "16", "-1")
    case "pattern" where ["HSCAN", "SSCAN", "ZSCAN"].contains(first): return values.text("*", "f*", "[a-c]")
    case "pattern" where first.hasPrefix("SORT"):
      return values.text("n*", "h*->f1", "nosort", "#", "s*", "*", "h1->f1", "*->f2")
    case "operation": return values.text("AND", "OR", "XOR", "NOT", "NAND")
    case "type" where first == "SCAN": return values.text("string", "list", "hash", "zset", "stream", "nosuch")
    case "connection-name", "clientname": return values.text("me", "with space", "")
    case "command-name", "command":
      return values.text("get", "XREAD", "nosuch", "client|id", "eval", "config|get", "set", "object|help")
    case "username", "password", "protover", "section", "cursor", "version": return values.text("0", "2", "default")
    case "value" where command.group == "string": return values.value()
    default: return nil
    }
  }
}
