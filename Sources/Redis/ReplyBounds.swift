import CHiredis
import Core

extension UnsafeMutablePointer<redisReader> {
  /// Why what has arrived of a reply so far cannot become one that we want; nil where it can.
  ///
  /// hiredis believes what a server announces, and looks for the end of a line again whenever more of it arrives.
  func excess(over limit: ByteCount) -> Excess? {
    let reader = pointee
    // What is being read, the outermost array first; -1 between replies.
    let tasks = withUnsafeBytes(of: reader.rstack) { stack in
      Array(stack.bindMemory(to: redisReadTask.self).prefix(Int(reader.ridx) + 1))
    }
    if tasks.reduce(0, { $0 + max(0, Int($1.elements)) }) > Excess.mostElements { return .size }
    guard let current = tasks.last, let buffer = reader.buf, reader.pos < reader.len else { return nil }
    let rest = UnsafeRawBufferPointer(start: buffer + reader.pos, count: reader.len - reader.pos)
    // The first byte, which tells the type, is read already.
    if current.type != REDIS_REPLY_STRING { return rest.count > Excess.longestLine ? .line : nil }
    let digits = rest.prefix(Excess.longestNumber).prefix { $0 != UInt8(ascii: "\r") }
    guard let size = Int(String(decoding: digits, as: UTF8.self)) else {
      return digits.count == Excess.longestNumber ? .line : nil
    }
    return size > limit.bytes ? .size : nil
  }
}

enum Excess {
  /// A string or an array is announced to be larger than allowed.
  case size
  /// What has to fit on a line, such as an error, does not end.
  case line

  static let mostElements = 1 << 20
  static let longestLine = 1 << 16
  static let longestNumber = 20
}
