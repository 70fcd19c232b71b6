/// A queue of plain values in memory that is used again. Confined to its worker.
struct Ring<Element: BitwiseCopyable>: ~Copyable {
  private var slots: UnsafeMutablePointer<Element>
  /// A power of two.
  private var capacity: Int
  private var head = 0
  private(set) var count = 0

  init(capacity: Int = 16) {
    self.capacity = capacity
    // Raw memory, since an array would be checked for uniqueness and bounds at each request.
    slots = .allocate(capacity: capacity)
  }

  deinit { slots.deallocate() }

  @inline(__always)
  var isEmpty: Bool { count == 0 }

  /// - Parameter index: below `count`; 0 is the oldest.
  @inline(__always)
  subscript(index: Int) -> Element {
    get { slots[(head + index) & (capacity - 1)] }
    set { slots[(head + index) & (capacity - 1)] = newValue }
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow() }
    slots[(head + count) & (capacity - 1)] = element
    count += 1
  }

  @inline(__always)
  mutating func removeFirst() {
    head = (head + 1) & (capacity - 1)
    count -= 1
  }

  mutating func removeAll() {
    head = 0
    count = 0
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: 2 * capacity)
    for index in 0..<count { larger[index] = self[index] }
    slots.deallocate()
    slots = larger
    head = 0
    capacity *= 2
  }
}
