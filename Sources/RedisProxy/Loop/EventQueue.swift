import CLinux
import Core
import Glibc

/// What becomes ready in one worker (epoll(7), level-triggered). Confined to its worker.
struct EventQueue: ~Copyable {
  private let descriptor: Int32
  private let events: UnsafeMutableBufferPointer<epoll_event>

  struct Interest: OptionSet {
    let rawValue: UInt32
    static let reading = Interest(rawValue: EPOLLIN.rawValue)
    static let writing = Interest(rawValue: EPOLLOUT.rawValue)
  }

  /// - Throws: `Problem` `io-error`.
  init(capacity: Int = 256) throws(Problem) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw .failedCall("epoll_create1") }
    // Filled by the kernel: an Array would be checked for uniqueness and bounds at each event.
    events = .allocate(capacity: capacity)
  }

  deinit {
    events.deallocate()
    close(descriptor)
  }

  func add(_ socket: Int32, _ interest: Interest, _ source: EventSource) throws(Problem) {
    guard control(EPOLL_CTL_ADD, socket, interest, source) == 0 else { throw .failedCall("epoll_ctl") }
  }

  func change(_ socket: Int32, _ interest: Interest, _ source: EventSource) {
    _ = control(EPOLL_CTL_MOD, socket, interest, source)
  }

  func remove(_ socket: Int32) { _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, socket, nil) }

  private func control(_ verb: Int32, _ socket: Int32, _ interest: Interest, _ source: EventSource) -> Int32 {
    var event = epoll_event()
    event.events = interest.rawValue
    event.data.u64 = source.tag
    return epoll_ctl(descriptor, verb, socket, &event)
  }

  struct Readiness {
    private let events: UInt32
    private let tag: UInt64

    fileprivate init(_ event: epoll_event) {
      events = event.events
      tag = event.data.u64
    }

    var source: EventSource? { EventSource(tag: tag) }
    /// A broken connection is readable: reading tells what is wrong with it.
    var isReadable: Bool { events & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
    var isWritable: Bool { events & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
    /// The peer is gone, whether or not reading is of interest.
    var isBroken: Bool { events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
  }

  /// Waits for events and returns how many there are.
  func wait(milliseconds: Int32) -> Int {
    max(0, Int(epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)))
  }

  subscript(index: Int) -> Readiness { Readiness(events[index]) }
}

extension Problem {
  /// A system call that failed with the current `errno`.
  static func failedCall(_ name: StaticString) -> Problem {
    Problem("io-error", .ioError, "\(name) failed: \(String(cString: strerror(errno)))")
  }
}
