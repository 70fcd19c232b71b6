/// Writes requests for a server.
enum RequestWriter {
  /// The request with the prefix in front of each of the keys. What stands between them is copied as it came.
  @inline(__always)
  static func append(
    _ request: Request, keys: borrowing IndexList, prefix: UnsafeRawBufferPointer, to queue: inout ByteQueue
  ) {
    if request.isInline {
      appendAnew(request, keys: keys, prefix: prefix, to: &queue)
      return
    }
    let room = queue.reserve(request.byteCount + keys.count * (prefix.count + Decimal.maximalLength))
    let start = room.baseAddress.unsafelyUnwrapped
    var end = start
    var copied = 0
    for place in 0..<keys.count {
      let index = keys[place]
      let key = request.arguments[index]
      // A key's own header begins where the argument before it ends. The command's name is never a key.
      let before = request.arguments[index - 1]
      let header = Int(before.start) + Int(before.count) + 2
      end.copyMemory(from: request.base + copied, byteCount: header - copied)
      end += header - copied
      end.storeBytes(of: UInt8(ascii: "$"), as: UInt8.self)
      end += 1
      end += Decimal.write(prefix.count + Int(key.count), to: end)
      end.storeBytes(of: UInt16(littleEndian: 0x0A0D), as: UInt16.self)
      end += 2
      if let bytes = prefix.baseAddress {
        end.copyMemory(from: bytes, byteCount: prefix.count)
        end += prefix.count
      }
      copied = Int(key.start)
    }
    end.copyMemory(from: request.base + copied, byteCount: request.byteCount - copied)
    end += request.byteCount - copied
    queue.commit(end - start)
  }

  @inline(never)
  private static func appendAnew(
    _ request: Request, keys: borrowing IndexList, prefix: UnsafeRawBufferPointer, to queue: inout ByteQueue
  ) {
    queue.append(arrayOf: request.count)
    var place = 0
    for index in 0..<request.count {
      if place < keys.count, keys[place] == index {
        queue.append(bulk: prefix, request[index])
        place += 1
      } else {
        queue.append(bulk: request[index])
      }
    }
  }

  /// One share of a command that is divided among slots: its name and a part of its arguments.
  ///
  /// - Parameters:
  ///   - places: indexes of keys, each of which gets the prefix.
  ///   - step: of the command's keys; `step - 1` arguments after each key belong to it.
  static func append(
    _ request: Request, share places: borrowing IndexList, step: Int, prefix: UnsafeRawBufferPointer,
    to queue: inout ByteQueue
  ) {
    queue.append(arrayOf: 1 + places.count * step)
    queue.append(bulk: request[0])
    for place in 0..<places.count {
      let index = places[place]
      queue.append(bulk: prefix, request[index])
      for next in index + 1..<index + step { queue.append(bulk: request[next]) }
    }
  }
}

extension ByteQueue {
  /// `*n`
  mutating func append(arrayOf count: Int) {
    append(byte: UInt8(ascii: "*"))
    append(decimal: count)
    append("\r\n")
  }

  /// `$n` and the bytes.
  mutating func append(bulk bytes: UnsafeRawBufferPointer) {
    append(byte: UInt8(ascii: "$"))
    append(decimal: bytes.count)
    append("\r\n")
    append(bytes)
    append("\r\n")
  }

  mutating func append(bulk text: StaticString) {
    append(bulk: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// `$n` and both, one after the other.
  mutating func append(bulk prefix: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer) {
    append(byte: UInt8(ascii: "$"))
    append(decimal: prefix.count + bytes.count)
    append("\r\n")
    append(prefix)
    append(bytes)
    append("\r\n")
  }
}
