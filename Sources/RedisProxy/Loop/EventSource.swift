/// What an event of a worker's queue is about, in the 64 bits that the kernel keeps for us: the address of a client or an
/// upstream, whose lowest bits are free because of its alignment.
enum EventSource {
  case listener, mailbox
  case client(ClientPointer)
  case upstream(UpstreamPointer)

  @inline(__always)
  init?(tag: UInt64) {
    let address = UInt(truncatingIfNeeded: tag & ~7)
    switch tag & 7 {
    case 0: self = .listener
    case 1: self = .mailbox
    case 2:
      guard let client = ClientPointer(bitPattern: address) else { return nil }
      self = .client(client)
    case 3:
      guard let upstream = UpstreamPointer(bitPattern: address) else { return nil }
      self = .upstream(upstream)
    default: return nil
    }
  }

  @inline(__always)
  var tag: UInt64 {
    switch self {
    case .listener: 0
    case .mailbox: 1
    case .client(let client): UInt64(UInt(bitPattern: client)) | 2
    case .upstream(let upstream): UInt64(UInt(bitPattern: upstream)) | 3
    }
  }
}
