import Glibc

/// A moment of the monotonic clock in microseconds. A worker reads the clock once for each pass of its loop.
struct Instant: Comparable {
  var microseconds: Int64

  static func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }
  static func + (instant: Instant, milliseconds: Int) -> Instant {
    Instant(microseconds: instant.microseconds + Int64(milliseconds) * 1000)
  }
  /// Microseconds between.
  static func - (left: Instant, right: Instant) -> Int64 { left.microseconds - right.microseconds }
}

extension Instant {
  /// Cut to 32 bits: differences of stamps are right up to an hour.
  @inline(__always)
  var stamp: UInt32 { UInt32(truncatingIfNeeded: microseconds) }
}
