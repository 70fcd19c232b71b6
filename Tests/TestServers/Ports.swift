import Glibc

/// TCP ports of 127.0.0.1 that nobody used a moment ago.
package enum Ports {
  /// Below the ports that Linux gives to outgoing connections (ip_local_port_range, from 32768), so that no client takes
  /// one between our looking and a server's listening.
  package static func free() -> UInt16 { free(in: 10_000..<32_000) }

  /// The first of `count` ports in a row that are free, and whose Redis Cluster bus ports, 10000 above, are free as well.
  package static func freeForRedisCluster(count: UInt16 = 1) -> UInt16 {
    free(in: 10_000..<21_900) { first in
      (first..<first + count).allSatisfy { isFree($0) && isFree($0 + 10_000) }
    }
  }

  private static func free(in range: Range<UInt16>, where isSuitable: (UInt16) -> Bool = isFree) -> UInt16 {
    while true {
      let port = UInt16.random(in: range)
      if isSuitable(port) { return port }
    }
  }

  /// Whether `port` can be bound at this moment.
  private static func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
