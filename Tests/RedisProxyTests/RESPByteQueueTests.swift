import Testing

@testable import RedisProxy

struct RESPByteQueueTests {
  @Test func keepsOrderWhileItGrowsAndMoves() {
    var generator = SystemRandomNumberGenerator()
    var queue = ByteQueue()
    var model: [UInt8] = []
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0..<300, using: &generator)).map { _ in UInt8.random(in: 0...255) }
      bytes.withUnsafeBytes { queue.append($0) }
      model += bytes
      let consumed = Int.random(in: 0...min(model.count, 400), using: &generator)
      queue.consume(consumed)
      model.removeFirst(consumed)
      #expect(queue.count == model.count)
    }
    #expect(Array(queue.readable) == model)
  }

  @Test(arguments: [0, 7, 10, 99, 100, -1, -10, 123_456_789, .max, .min])
  func writesAndReadsNumbers(number: Int) {
    var queue = ByteQueue()
    queue.append(decimal: number)
    #expect(String(decoding: queue.readable, as: UTF8.self) == "\(number)")
    #expect(Decimal.read(queue.readable) == number)
  }

  @Test(arguments: [
    "", "-", "+1", "01", "-0", "-01", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "1e3", "0x1",
  ])
  func readsNothingButWhatRedisWrites(text: String) {
    #expect(Array(text.utf8).withUnsafeBytes { Decimal.read($0) } == nil)
  }

  @Test func givesMemoryBack() {
    var queue = ByteQueue()
    queue.reserve(1_000_000)[0] = 1
    queue.commit(1)
    queue.shrinkWhenEmpty()
    #expect(queue.capacity >= 1_000_000)
    queue.consume(1)
    queue.shrinkWhenEmpty()
    #expect(queue.capacity == 0)
    #expect(queue.readable.isEmpty)
  }
}
