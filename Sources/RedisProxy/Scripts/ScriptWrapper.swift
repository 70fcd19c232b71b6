import Crypto

/// A user's script, and what runs in its place.
struct WrappedScript: Sendable {
  let text: [UInt8]
  /// In lower-case hexadecimal, as `SCRIPT LOAD` of the user's own text answers.
  let userHash: [UInt8]
  /// Of `text`.
  let wrappedHash: [UInt8]
  /// Where the script begins, behind a line of flags.
  let bodyStart: Int

  init(text: [UInt8], userHash: [UInt8], bodyStart: Int) {
    self.text = text
    self.userHash = userHash
    self.bodyStart = bodyStart
    wrappedHash = text.withUnsafeBytes(ScriptWrapper.hash)
  }

  /// The same for a connection that was the administrator's just before: it does nothing where it is so still. Nothing of the
  /// user's runs before that is known.
  var guarded: WrappedScript {
    WrappedScript(
      text: text[..<bodyStart] + Self.guardian + text[bodyStart...], userHash: userHash, bodyStart: bodyStart)
  }

  private static let guardian = Array(
    """
    if redis.acl_check_cmd('ACL','LIST') or redis.acl_check_cmd('CONFIG','GET','*') then \
    return redis.error_reply('ERR the script was not run, since it could not be kept within its namespace') end 
    """.utf8)

  /// A reply to the script that is an error, with the user's hash in it instead of the other.
  func appendError(_ error: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer, to queue: inout ByteQueue) {
    let start = queue.count
    ReplyTranslator.appendError(error, prefix: prefix, to: &queue)
    queue.overwrite(wrappedHash, with: userHash, from: start)
  }
}

/// Makes a script of a namespace's user run as on a Redis of its own.
enum ScriptWrapper {
  /// The proxy reads each script, and keeps it.
  static let mostBytes = 1_048_576
  static let tooLong: StaticString = "-ERR a script in a namespace has at most 1048576 bytes\r\n"

  /// - Parameter prefix: of the keys, and of the channels (which are those of database 0).
  static func wrap(
    _ whole: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer, channelPrefix: UnsafeRawBufferPointer
  ) -> WrappedScript {
    let userHash = hash(whole)
    // A line of flags stays the first one. Without an end it is an error, which Redis is to tell.
    var body = 0
    if whole.starts(with: Array("#!".utf8)) {
      guard let end = whole.firstIndex(of: UInt8(ascii: "\n")) else {
        return WrappedScript(text: Array(whole), userHash: userHash, bodyStart: whole.count)
      }
      body = end + 1
    }
    let source = UnsafeRawBufferPointer(rebasing: whole[body...])
    let script = LuaScript(source)
    let prelude = ScriptPrelude(
      prefix: literal(prefix), channelPrefix: literal(channelPrefix),
      usesKeys: script.usesName("KEYS"), usesPcall: mentions("pcall", source) || !script.onlyCalls,
      onlyCalls: script.onlyCalls, selects: mentions("select", source), sorts: mentions("sort", source),
      mentionsJSON: mentions("cjson", source), commands: script.commands
    ).text
    var text = Array(whole[..<body])
    text.reserveCapacity(source.count + prelude.utf8.count + 64)
    text += prelude.utf8
    text += parenthesized(source, script.parentheses())
    return WrappedScript(text: text, userHash: userHash, bodyStart: body)
  }

  /// The SHA-1 by which Redis calls a script.
  static func hash(_ script: UnsafeRawBufferPointer) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    var digest = Insecure.SHA1()
    digest.update(bufferPointer: script)
    return digest.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }

  private static func parenthesized(_ source: UnsafeRawBufferPointer, _ parentheses: [(open: Int, close: Int)])
    -> [UInt8]
  {
    guard !parentheses.isEmpty else { return Array(source) }
    let marks =
      parentheses.map { ($0.open, UInt8(ascii: "(")) } + parentheses.map { ($0.close, UInt8(ascii: ")")) }
    var text: [UInt8] = []
    var copied = 0
    for (place, mark) in marks.sorted(by: { $0.0 < $1.0 }) {
      text += source[copied..<place]
      text.append(mark)
      copied = place
    }
    return text + source[copied...]
  }

  /// In either case of letters.
  private static func mentions(_ word: String, _ source: UnsafeRawBufferPointer) -> Bool {
    let word = Array(word.utf8)
    guard source.count >= word.count else { return false }
    return (0...source.count - word.count).contains { start in
      word.indices.allSatisfy { source[start + $0] | 0x20 == word[$0] }
    }
  }

  /// A string literal of Lua.
  private static func literal(_ bytes: UnsafeRawBufferPointer) -> String {
    var text = "'"
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: ":"), UInt8(ascii: "{"), UInt8(ascii: "}"):
        text.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let digits = String(byte)
        text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }
    }
    return text + "'"
  }
}
