import Glibc

/// TCP ports of 127.0.0.1 that nobody used a moment ago.
package enum Ports {
  /// - Parameter isSuitable: a further condition; ports are drawn until one meets it.
  package static func free(where isSuitable: (UInt16) -> Bool = { _ in true }) -> UInt16 {
    while true {
      if let port = bindable(0), isSuitable(port) { return port }
    }
  }

  /// A port whose Redis Cluster bus port, 10000 above, is free as well.
  package static func freeForRedisCluster() -> UInt16 {
    free { $0 < 55_000 && bindable($0 + 10_000) != nil }
  }

  /// Binds `port` (0: any) for a moment; nil if it is taken.
  private static func bindable(_ port: UInt16) -> UInt16? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        guard bind(descriptor, $0, size) == 0, getsockname(descriptor, $0, &size) == 0 else { return nil }
        return UInt16(bigEndian: pointer.pointee.sin_port)
      }
    }
  }
}
