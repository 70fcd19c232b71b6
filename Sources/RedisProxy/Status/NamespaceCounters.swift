/// What is counted for one namespace in one worker. Confined to the worker, which copies it when it is asked.
struct NamespaceCounters: BitwiseCopyable {
  var clients = 0
  var commands = 0
  var bytesIn = 0
  var bytesOut = 0
  var errors = 0
  var redirects = 0
  var latencies = LatencyHistogram()
  var commandsPerSecond = 0
  /// `commands` a second ago.
  private var commandsBefore = 0

  init() {}

  /// Is called every second.
  mutating func measureRate() {
    commandsPerSecond = commands - commandsBefore
    commandsBefore = commands
  }

  mutating func add(_ other: NamespaceCounters) {
    clients += other.clients
    commands += other.commands
    bytesIn += other.bytesIn
    bytesOut += other.bytesOut
    errors += other.errors
    redirects += other.redirects
    commandsPerSecond += other.commandsPerSecond
    latencies.add(other.latencies)
  }
}

/// Counts of latencies by magnitude: four steps for each doubling, so that a percentile is right to a fifth.
struct LatencyHistogram: BitwiseCopyable {
  static let steps = 4
  static let bucketCount = 96
  private var buckets = InlineArray<96, UInt64>(repeating: 0)

  /// - Parameter count: of replies that took this long.
  @inline(__always)
  mutating func add(microseconds: UInt32, count: Int = 1) {
    buckets[Self.bucket(of: microseconds)] &+= UInt64(truncatingIfNeeded: count)
  }

  mutating func add(_ other: LatencyHistogram) {
    for index in 0..<Self.bucketCount { buckets[index] += other.buckets[index] }
  }

  var total: UInt64 { (0..<Self.bucketCount).reduce(0) { $0 + buckets[$1] } }

  /// - Returns: microseconds that a share of the replies did not exceed; nil where there were none.
  func percentile(_ share: Double) -> UInt32? {
    let total = total
    guard total > 0 else { return nil }
    let wanted = max(1, UInt64((Double(total) * share).rounded(.up)))
    var seen: UInt64 = 0
    for index in 0..<Self.bucketCount {
      seen += buckets[index]
      if seen >= wanted { return Self.upperBound(of: index) }
    }
    return Self.upperBound(of: Self.bucketCount - 1)
  }

  /// The magnitude and the two bits behind the first: 0–3 µs have a bucket each.
  @inline(__always)
  static func bucket(of microseconds: UInt32) -> Int {
    if microseconds < 4 { return Int(microseconds) }
    let magnitude = 31 - microseconds.leadingZeroBitCount
    let step = Int((microseconds >> UInt32(magnitude - 2)) & 3)
    return min(bucketCount - 1, 4 * (magnitude - 1) + step)
  }

  static func upperBound(of bucket: Int) -> UInt32 {
    if bucket < 4 { return UInt32(bucket) }
    let (magnitude, step) = (bucket / 4 + 1, bucket % 4)
    let start = UInt64(4 + step) << UInt64(magnitude - 2)
    return UInt32(clamping: start + (UInt64(1) << UInt64(magnitude - 2)) - 1)
  }
}
