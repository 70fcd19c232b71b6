/// Commands that name a second database. Databases of a namespace are prefixes of its keys.
enum DatabaseCommands {
  enum Database: Equatable {
    /// None is named.
    case current
    case number(Int)
    /// The command answers with an error, whatever the database: let the server say it.
    case invalid
    case noNumber
    /// A number, but not one of 32 bits.
    case tooLarge

    /// What the server says about it (`getIntFromObjectOrReply`, `selectDb` in Redis).
    var error: StaticString? {
      switch self {
      case .noNumber: "-ERR value is not an integer or out of range\r\n"
      case .tooLarge: "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n"
      case .number(let number) where !(0..<Namespace.databases).contains(number): "-ERR DB index is out of range\r\n"
      case .number, .current, .invalid: nil
      }
    }
  }

  static func database(_ text: UnsafeRawBufferPointer) -> Database {
    guard let number = Decimal.read(text) else { return .noNumber }
    return Int(Int32.min)...Int(Int32.max) ~= number ? .number(number) : .tooLarge
  }

  /// `COPY source destination [DB n] [REPLACE]`: the database of the destination; the last one holds.
  static func database(ofCopy request: Request) -> Database {
    var database = Database.current
    var index = 3
    while index < request.count {
      if OptionWord.equals(request[index], "replace") {
        index += 1
      } else if index + 1 < request.count, OptionWord.equals(request[index], "db") {
        database = Self.database(request[index + 1])
        guard case .number = database else { return database }
        index += 2
      } else {
        return .invalid
      }
    }
    return database
  }

  /// `COPY` without the option `DB`, each key with the prefix of its database.
  static func appendCopy(
    _ request: Request, source: UnsafeRawBufferPointer, destination: UnsafeRawBufferPointer, to queue: inout ByteQueue
  ) {
    var replaces = false
    var index = 3
    while index < request.count {
      if OptionWord.equals(request[index], "replace") {
        replaces = true
        index += 1
      } else {
        index += 2
      }
    }
    queue.append(arrayOf: replaces ? 4 : 3)
    queue.append(bulk: "COPY")
    queue.append(bulk: source, request[1])
    queue.append(bulk: destination, request[2])
    if replaces { queue.append(bulk: "REPLACE") }
  }

  /// `MOVE key n` as `RENAMENX`, which keeps the value's age and time to live, too. The server answers an error where there is no such
  /// key: `isMissingKey`, for which `MOVE` answers 0.
  static func appendMove(
    _ request: Request, source: UnsafeRawBufferPointer, destination: UnsafeRawBufferPointer, to queue: inout ByteQueue
  ) {
    queue.append(arrayOf: 3)
    queue.append(bulk: "RENAMENX")
    queue.append(bulk: source, request[1])
    queue.append(bulk: destination, request[1])
  }

  static func isMissingKey(_ reply: UnsafeRawBufferPointer) -> Bool {
    let error: StaticString = "-ERR no such key\r\n"
    return reply.elementsEqual(UnsafeBufferPointer(start: error.utf8Start, count: error.utf8CodeUnitCount))
  }
}
