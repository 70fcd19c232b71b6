import CLinux
import Core
import Glibc
import Synchronization

/// What other threads have to say to one: the only way into a worker. Its descriptor is readable while there are messages.
final class Mailbox<Message: Sendable>: Sendable {
  let descriptor: Int32
  private let messages = Mutex<[Message]>([])

  /// - Throws: `Problem` `io-error`.
  init() throws(Problem) {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else { throw .failedCall("eventfd") }
  }

  deinit { close(descriptor) }

  func post(_ message: Message) {
    messages.withLock { $0.append(message) }
    var one: UInt64 = 1
    _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
  }

  /// All messages since the last time, oldest first.
  func collect() -> [Message] {
    var count: UInt64 = 0
    _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    return messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }
}
