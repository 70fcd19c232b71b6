import Testing

@testable import RedisProxy

struct StructuresTests {
  @Test func timersComeInTheOrderOfTheirTimes() {
    var timers = TimerHeap<Int>()
    var generator = SystemRandomNumberGenerator()
    let times = (0..<500).map { _ in Int64.random(in: 0..<50, using: &generator) }
    for (index, time) in times.enumerated() { timers.schedule(at: Instant(microseconds: time), index) }
    var popped: [Int] = []
    for time in Int64(0)..<50 {
      while let index = timers.popDue(at: Instant(microseconds: time)) {
        #expect(times[index] == time)
        popped.append(index)
      }
    }
    // Those of the same time in the order in which they were scheduled.
    #expect(popped == times.indices.sorted { (times[$0], $0) < (times[$1], $1) })
    #expect(timers.isEmpty)
  }

  @Test func aRingKeepsItsOrderWhileItGrows() {
    var ring = Ring<Int>(capacity: 2)
    var expected: [Int] = []
    for number in 0..<1000 {
      ring.append(number)
      expected.append(number)
      if number % 3 == 0 {
        #expect(ring[0] == expected[0])
        ring.removeFirst()
        expected.removeFirst()
      }
    }
    #expect((0..<ring.count).map { ring[$0] } == expected)
  }

  @Test func heldRepliesAreReleasedInOrder() {
    // Around the end of 32 bits, where tickets start again.
    let first = UInt32.max - 3
    for order in [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 5, 1, 4, 2]] {
      var held = HeldReplies()
      var output = ByteQueue()
      var head = first
      for place in order {
        Array("\(place)".utf8).withUnsafeBytes { held.insert(first &+ UInt32(place), $0) }
        held.release(from: &head, to: &output)
      }
      #expect(Array(output.readable) == Array("012345".utf8))
      #expect(head == first &+ 6)
      let isEmpty = held.isEmpty
      #expect(isEmpty)
      let byteCount = held.byteCount
      #expect(byteCount == 0)
    }
  }

  @Test func latenciesAreRightToAFifth() {
    for value: UInt32 in [0, 1, 3, 4, 5, 17, 99, 1000, 123_456, 9_999_999] {
      let bound = LatencyHistogram.upperBound(of: LatencyHistogram.bucket(of: value))
      #expect(bound >= value)
      #expect(Double(bound) <= Double(value) * 1.25 + 1)
    }
    var histogram = LatencyHistogram()
    #expect(histogram.percentile(0.5) == nil)
    for _ in 0..<99 { histogram.add(microseconds: 10) }
    histogram.add(microseconds: 5000)
    #expect(histogram.percentile(0.5).map { (10...12).contains($0) } == true)
    #expect(histogram.percentile(0.999).map { (5000...6250).contains($0) } == true)
  }

  @Test func everyKeyOfAScanIsReturnedOnce() {
    let keys = (0..<1000).map { Array("key:\($0)".utf8) }
    let places = keys.map { ScanOrder.place(of: $0[...]) }.sorted()
    for count in [1, 7, 10, 999, 5000] {
      var seen: [UInt64] = []
      var cursor: UInt64 = 0
      repeat {
        let (range, next) = ScanOrder.page(places, from: cursor, count: count)
        seen += places[range]
        cursor = next
      } while cursor != 0
      #expect(seen == places)
    }
    // Keys of the same place are never torn apart, since the cursor cannot stand between them.
    let same: [UInt64] = [1, 5, 5, 5, 9]
    #expect(ScanOrder.page(same, from: 0, count: 2).range == 0..<4)
    #expect(ScanOrder.page(same, from: 0, count: 2).next == 9)
  }

  @Test func keysThatVanishDoNotDisturbAScan() {
    let places = (0..<200).map { ScanOrder.place(of: Array("k\($0)".utf8)[...]) }.sorted()
    let (first, cursor) = ScanOrder.page(places, from: 0, count: 50)
    // Every other key is gone before the next page.
    let rest = places.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    var seen = Set(places[first])
    var next = cursor
    while next != 0 {
      let page = ScanOrder.page(rest, from: next, count: 50)
      seen.formUnion(rest[page.range])
      next = page.next
    }
    #expect(seen.isSuperset(of: rest))
  }

  @Test func wrongPasswordsAreSlowedMoreAndMore() {
    var logins = FailedLogins()
    let now = Instant(microseconds: 0)
    let delays = (0..<20).map { _ in logins.add("10.0.0.1", at: now) }
    #expect(delays.prefix(3) == [0, 0, 0])
    #expect(delays == delays.sorted())
    #expect((1000...5000).contains(delays[19]))
    #expect(logins.add("10.0.0.2", at: now) == 0)
    logins.forget("10.0.0.1")
    #expect(logins.add("10.0.0.1", at: now) == 0)
  }
}
