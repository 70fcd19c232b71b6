/// The indexes of arguments, in ascending order, in memory that is used again.
struct IndexList: ~Copyable {
  private var items: UnsafeMutablePointer<Int32>
  private var capacity: Int
  private(set) var count = 0

  init() {
    capacity = 16
    items = .allocate(capacity: capacity)
  }

  deinit { items.deallocate() }

  var isEmpty: Bool { count == 0 }

  @inline(__always)
  subscript(place: Int) -> Int { Int(items[place]) }

  mutating func removeAll() { count = 0 }

  @inline(__always)
  mutating func append(_ index: Int) {
    if count == capacity { grow() }
    items[count] = Int32(truncatingIfNeeded: index)
    count += 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Int32>.allocate(capacity: capacity * 2)
    larger.update(from: items, count: count)
    items.deallocate()
    items = larger
    capacity *= 2
  }
}
