/// What a transaction asks about all keys of a database, as a script of the proxy's own: the node of the slot lists them, so that
/// it is one command among the others. It is executed as the administrator, and has nothing of the user's in it.
enum KeySpaceScript {
  enum Question {
    /// With those that have expired but are not removed yet, as in Redis.
    case count
    case random
    /// - Parameter type: nil for all.
    case list(type: [UInt8]?)
    case remove
  }

  /// More would hold up all namespaces of the node for too long.
  static let mostKeys = 1_000_000

  static func append(
    _ question: Question, slot: Int, prefixes: [UnsafeRawBufferPointer], to queue: inout ByteQueue
  ) {
    let (verb, parameter): (StaticString, [UInt8]) =
      switch question {
      case .count: ("count", [])
      // Redis' own random numbers are the same in each script.
      case .random: ("random", Array("\(Int.random(in: 0..<Self.mostKeys))".utf8))
      case .list(let type?): ("typed", type)
      case .list: ("list", [])
      case .remove: ("remove", [])
      }
    queue.append(arrayOf: 7 + prefixes.count)
    queue.append(bulk: "EVAL")
    text.withUnsafeBytes { queue.append(bulk: $0) }
    // A key, by which the node knows whether the slot is its own.
    queue.append(bulk: "1")
    queue.append(bulk: prefixes[0])
    queue.append(bulk: verb)
    queue.append(bulk: "\(slot)")
    parameter.withUnsafeBytes { queue.append(bulk: $0) }
    for prefix in prefixes { queue.append(bulk: prefix) }
  }

  /// Without methods of strings: what they are is shared by all scripts of the server.
  private static let text = Array(
    ScriptPrelude.line(
      """
      local call,sub,verb,slot=redis.call,string.sub,ARGV[1],ARGV[2]
      local n=call('CLUSTER','COUNTKEYSINSLOT',slot)
      if n>\(mostKeys) then return redis.error_reply('ERR too many keys for a transaction') end
      local keys,own=n>0 and call('CLUSTER','GETKEYSINSLOT',slot,n) or {},{}
      for i=1,#keys do
      for j=4,#ARGV do
      if sub(keys[i],1,#ARGV[j])==ARGV[j] then own[#own+1]=keys[i] break end
      end
      end
      if verb=='count' then return #own end
      if verb=='remove' then
      for i=1,#own,1000 do call('UNLINK',unpack(own,i,math.min(i+999,#own))) end
      return redis.status_reply('OK')
      end
      if verb=='random' then
      for i=1,#own do
      local k=own[(i+ARGV[3])%#own+1]
      if call('EXISTS',k)==1 then return k end
      end
      return false
      end
      local found={}
      for i=1,#own do
      local t=call('TYPE',own[i]).ok
      if t~='none' and (verb=='list' or t==ARGV[3]) then found[#found+1]=own[i] end
      end
      return found
      """
    ).utf8)
}
