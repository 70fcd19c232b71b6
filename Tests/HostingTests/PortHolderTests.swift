import Core
import Glibc
import Testing

@testable import Hosting

@Suite struct PortHolderTests {
  private let table = """
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   104        0 20881 1 0000000000000000 100 0 0 10 0
       1: 0100007F:1538 0100007F:A001 01 00000000:00000000 00:00000000 00000000   104        0 20990 1 0000000000000000 100 0 0 10 0
       2: 00000000:1B59 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31 1 0000000000000000 100 0 0 10 0
       3: torn
    """

  @Test func findsListenersOnly() {
    #expect(PortHolder.listeningInodes(onPort: 5432, in: table) == [20881])
    #expect(PortHolder.listeningInodes(onPort: 7001, in: table) == [31])
    #expect(PortHolder.listeningInodes(onPort: 6379, in: table).isEmpty)
  }

  @Test func namesTheProcessBehindAPort() throws {
    let listener = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    #expect(listen(listener, 1) == 0)
    var address = sockaddr_in6()
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
    }
    let port = UInt16(bigEndian: address.sin6_port)

    #expect(try PortHolder.isListening(on: port))
    let process = try #require(try PortHolder.of(port)?.process)
    #expect(process.id == getpid())
    #expect(process.executable?.hasPrefix("/") == true)
  }

  @Test func describesTheHolder() {
    let known = PortHolder(port: 5432, process: .init(id: 812, name: "postgres", executable: "/usr/bin/postgres"))
    #expect(known.description == "postgres (pid 812, /usr/bin/postgres)")
    #expect(PortHolder(port: 1, process: nil).description == "a process that cannot be seen from here")
  }
}
