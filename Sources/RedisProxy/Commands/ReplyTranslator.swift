/// Takes the namespace's prefix off the keys that replies name.
enum ReplyTranslator {
  /// Copies a whole reply, with the prefix taken off where the translation says, and everywhere in an error.
  static func translate(
    _ reply: UnsafeRawBufferPointer, _ translation: ReplyTranslation, prefix: UnsafeRawBufferPointer,
    into queue: inout ByteQueue
  ) {
    guard let first = reply.first else { return }
    if first == UInt8(ascii: "-") {
      appendError(reply, prefix: prefix, to: &queue)
      return
    }
    let start = queue.count
    var cursor = ReplyCursor(reply)
    let isComplete =
      switch translation {
      case .errors: false
      case .keys: copyKeys(&cursor, prefix, &queue)
      case .firstElement: copyFirst(&cursor, prefix, &queue)
      case .streams: copyStreams(&cursor, prefix, &queue)
      }
    if isComplete {
      queue.append(UnsafeRawBufferPointer(rebasing: reply[cursor.position...]))
    } else {
      // Null, or not what such a command answers.
      queue.truncate(to: start)
      queue.append(reply)
    }
  }

  /// An error, with each occurrence of the prefix left out.
  static func appendError(
    _ error: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer, to queue: inout ByteQueue
  ) {
    var copied = 0
    var place = 0
    while !prefix.isEmpty, place + prefix.count <= error.count {
      guard error[place] == prefix[0], error[place..<place + prefix.count].elementsEqual(prefix) else {
        place += 1
        continue
      }
      queue.append(UnsafeRawBufferPointer(rebasing: error[copied..<place]))
      place += prefix.count
      copied = place
    }
    queue.append(UnsafeRawBufferPointer(rebasing: error[copied...]))
  }

  /// A string without the prefix. One that does not start with it is copied as it is.
  static func appendKey(_ key: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer, to queue: inout ByteQueue) {
    queue.append(bulk: stripped(key, prefix) ?? key)
  }

  /// What stands behind the prefix, or nil.
  static func stripped(
    _ text: UnsafeRawBufferPointer, _ prefix: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    guard text.count >= prefix.count, text[..<prefix.count].elementsEqual(prefix) else { return nil }
    return UnsafeRawBufferPointer(rebasing: text[prefix.count...])
  }

  private static func copyKey(
    _ cursor: inout ReplyCursor, _ prefix: UnsafeRawBufferPointer, _ queue: inout ByteQueue
  ) -> Bool {
    guard let key = cursor.next(), key.type == UInt8(ascii: "$"), key.count >= 0 else { return false }
    appendKey(cursor.bytes(of: key), prefix: prefix, to: &queue)
    return true
  }

  private static func copyKeys(
    _ cursor: inout ReplyCursor, _ prefix: UnsafeRawBufferPointer, _ queue: inout ByteQueue
  ) -> Bool {
    guard let list = cursor.next() else { return false }
    if list.type == UInt8(ascii: "$"), list.count >= 0 {
      appendKey(cursor.bytes(of: list), prefix: prefix, to: &queue)
      return true
    }
    guard isList(list), list.count >= 0 else { return false }
    queue.append(cursor.passed(from: list.start))
    for _ in 0..<list.count {
      guard copyKey(&cursor, prefix, &queue) else { return false }
    }
    return true
  }

  private static func copyFirst(
    _ cursor: inout ReplyCursor, _ prefix: UnsafeRawBufferPointer, _ queue: inout ByteQueue
  ) -> Bool {
    guard let list = cursor.next(), isList(list), list.count > 0 else { return false }
    queue.append(cursor.passed(from: list.start))
    return copyKey(&cursor, prefix, &queue)
  }

  private static func copyStreams(
    _ cursor: inout ReplyCursor, _ prefix: UnsafeRawBufferPointer, _ queue: inout ByteQueue
  ) -> Bool {
    guard let list = cursor.next(), list.count >= 0 else { return false }
    let isMap = list.type == UInt8(ascii: "%")
    guard isMap || isList(list) else { return false }
    queue.append(cursor.passed(from: list.start))
    for _ in 0..<(isMap ? list.count / 2 : list.count) {
      if !isMap {
        guard let pair = cursor.next(), isList(pair), pair.count == 2 else { return false }
        queue.append(cursor.passed(from: pair.start))
      }
      guard copyKey(&cursor, prefix, &queue) else { return false }
      let start = cursor.position
      guard cursor.skip() else { return false }
      queue.append(cursor.passed(from: start))
    }
    return true
  }

  private static func isList(_ element: ReplyCursor.Element) -> Bool {
    element.type == UInt8(ascii: "*") || element.type == UInt8(ascii: "~")
  }
}
