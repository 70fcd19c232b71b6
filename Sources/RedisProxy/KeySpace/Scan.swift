/// `SCAN cursor [MATCH pattern] [COUNT n] [TYPE type]`
struct ScanRequest {
  var cursor: UInt64 = 0
  var pattern: [UInt8]?
  var count = 10
  var type: [UInt8]?

  struct Failure: Error { let text: [UInt8] }

  static func parse(_ request: Request) -> Result<ScanRequest, Failure> {
    var scan = ScanRequest()
    guard let cursor = cursor(request[1]) else { return failure("invalid cursor") }
    scan.cursor = cursor
    var index = 2
    while index < request.count {
      guard index + 1 < request.count else { return failure("syntax error") }
      let value = request[index + 1]
      if OptionWord.equals(request[index], "match") {
        scan.pattern = Array(value)
      } else if OptionWord.equals(request[index], "count") {
        guard let count = Decimal.read(value) else { return failure("value is not an integer or out of range") }
        guard count >= 1 else { return failure("syntax error") }
        scan.count = count
      } else if OptionWord.equals(request[index], "type") {
        scan.type = value.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
      } else {
        return failure("syntax error")
      }
      index += 2
    }
    return .success(scan)
  }

  /// As `strtoul` reads it: nothing is 0, and a number may have a sign.
  private static func cursor(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    if text.isEmpty { return 0 }
    guard text.utf8.first == UInt8(ascii: "-") else { return UInt64(text) }
    let digits = text.dropFirst()
    return digits.utf8.first == UInt8(ascii: "+") ? nil : UInt64(digits).map { 0 &- $0 }
  }

  private static func failure(_ text: String) -> Result<ScanRequest, Failure> {
    .failure(Failure(text: Array("-ERR \(text)\r\n".utf8)))
  }
}

/// The place of a key in the order of SCAN: a hash of 48 bits that depends on nothing but the key. A cursor is the place of
/// the first key that was not returned yet, so that it needs no memory, holds for every worker and node, and every key that
/// is there all the time is returned.
enum ScanOrder {
  static func place(of key: ArraySlice<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    // The high bits of FNV depend on all bytes only after mixing. Zero is where a scan starts and ends.
    hash ^= hash >> 29
    hash = hash &* 0xbf58_476d_1ce4_e5b9
    hash ^= hash >> 32
    return max(1, hash & 0xffff_ffff_ffff)
  }

  /// - Parameter places: in ascending order.
  /// - Returns: which of them make the page, and the cursor behind it.
  static func page(_ places: [UInt64], from cursor: UInt64, count: Int) -> (range: Range<Int>, next: UInt64) {
    var low = 0
    var high = places.count
    while low < high {
      let middle = (low + high) / 2
      if places[middle] < cursor { low = middle + 1 } else { high = middle }
    }
    var end = min(places.count, low + min(count, places.count))
    // Keys of the same place stay together.
    while end > low, end < places.count, places[end] == places[end - 1] { end += 1 }
    return (low..<end, end < places.count ? places[end] : 0)
  }
}

/// SCAN. The pages of one scan are taken from one listing while that is young.
final class ScanExchange: ListingExchange {
  private let scan: ScanRequest
  private var page: [[UInt8]] = []
  private var next: UInt64 = 0
  private var present: [Int] = []
  private var received = 0

  init(for client: ClientPointer, _ namespace: Namespace, _ databases: [Int], _ scan: ScanRequest) {
    self.scan = scan
    super.init(for: client, namespace, databases: databases)
  }

  /// From a listing that was made for an earlier page.
  func start(on worker: Worker) {
    if scan.cursor != 0, let listing = worker.listings.find(prefixes[0], worker.now) {
      take(listing, worker)
    } else {
      list(on: worker)
    }
  }

  override func listed(on worker: Worker) {
    let sorted = keys.map { (ScanOrder.place(of: own($0)), $0) }.sorted { $0.0 < $1.0 }
    let listing = KeyListing(places: sorted.map(\.0), keys: sorted.map(\.1))
    worker.listings.add(listing, prefixes[0], worker.now)
    take(listing, worker)
  }

  private func take(_ listing: KeyListing, _ worker: Worker) {
    let (range, next) = ScanOrder.page(listing.places, from: scan.cursor, count: scan.count)
    self.next = next
    let keys = Array(listing.keys[range])
    guard let found = KeyFilter(scan.pattern, for: keys.lazy.map(\.count)).filter(keys, own) else {
      return finish(StaticReply(KeyFilter.tooSlow).bytes, on: worker)
    }
    page = found
    if page.isEmpty { return finish(worker) }
    _ = askAbout(page, "TYPE", on: worker)
  }

  override func receiveOwn(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    let type = reply.dropFirst().dropLast(2)
    if reply.first == UInt8(ascii: "+"), !type.elementsEqual("none".utf8), scan.type.map(type.elementsEqual) ?? true {
      present.append(part - Self.firstOwnPart)
    }
    received += 1
    if received == page.count { finish(worker) }
  }

  private func finish(_ worker: Worker) {
    finish(on: worker) { output in
      output.append(arrayOf: 2)
      output.append(bulk: "\(next)")
      output.append(arrayOf: present.count)
      for index in present { Array(own(page[index])).withUnsafeBytes { output.append(bulk: $0) } }
    }
  }
}

/// Keys in the order of SCAN.
final class KeyListing {
  let places: [UInt64]
  let keys: [[UInt8]]

  init(places: [UInt64], keys: [[UInt8]]) {
    self.places = places
    self.keys = keys
  }
}

/// Listings of a little while ago, by prefix, so that not every page of a scan needs one. Confined to its worker.
struct ListingCache {
  private var listings: [[UInt8]: (listing: KeyListing, madeAt: Instant)] = [:]

  func find(_ prefix: [UInt8], _ now: Instant) -> KeyListing? {
    guard let found = listings[prefix], now - found.madeAt < Self.lifetime else { return nil }
    return found.listing
  }

  mutating func add(_ listing: KeyListing, _ prefix: [UInt8], _ now: Instant) {
    listings = listings.filter { now - $0.value.madeAt < Self.lifetime }
    if listings.count >= Self.mostListings, let oldest = listings.min(by: { $0.value.madeAt < $1.value.madeAt }) {
      listings[oldest.key] = nil
    }
    if listing.keys.count <= Self.mostKeys { listings[prefix] = (listing, now) }
  }

  mutating func removeOld(_ now: Instant) {
    listings = listings.filter { now - $0.value.madeAt < Self.lifetime }
  }

  private static let lifetime: Int64 = 10_000_000
  private static let mostListings = 16
  private static let mostKeys = 1_000_000
}
