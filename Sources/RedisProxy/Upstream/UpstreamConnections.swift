import CLinux
import Core
import Glibc
import RedisNamespaces

/// Sockets of connections to nodes: connecting, logging in, writing, reading.
extension Worker {
  func upstreamReady(_ upstream: UpstreamPointer, _ readiness: EventQueue.Readiness) {
    guard upstream.pointee.descriptor >= 0 else { return }
    if upstream.pointee.state == .connecting {
      guard readiness.isWritable else { return }
      let error = Sockets.pendingError(of: upstream.pointee.descriptor)
      guard error == 0 else { return lost(upstream, String(cString: strerror(error))) }
      greet(upstream)
    } else if readiness.isReadable {
      receive(from: upstream)
    }
    if readiness.isWritable, upstream.pointee.waitsForRoom {
      upstream.pointee.waitsForRoom = false
      updateInterest(of: upstream)
      markDirty(upstream)
    }
  }

  /// Starts a connection that somebody has something to send on.
  func connect(_ upstream: UpstreamPointer) {
    guard upstream.pointee.state == .idle else { return }
    do {
      let socket = try Sockets.connect(to: upstream.pointee.details.endpoint)
      upstream.pointee.descriptor = socket
      upstream.pointee.state = .connecting
      upstream.pointee.lastReply = now
      try events.add(socket, [.reading, .writing], .upstream(upstream))
    } catch {
      lost(upstream, error.message)
    }
  }

  /// Logs in. Requests follow when the node has agreed, since what it refuses is not to be known from their replies.
  private func greet(_ upstream: UpstreamPointer) {
    upstream.pointee.state = .greeting
    upstream.pointee.lastReply = now
    let (user, password) = account(of: upstream.pointee.details.namespace)
    upstream.pointee.greeting.removeAll()
    if upstream.pointee.resp == 2 {
      upstream.pointee.greeting.append(request: [Array("AUTH".utf8), user, password])
    } else {
      let hello = ["HELLO", "3", "AUTH"].map { Array($0.utf8) }
      upstream.pointee.greeting.append(request: hello + [user, password])
    }
    upstream.pointee.greetingReplies = 1
    upstream.pointee.details.knownScripts = []
    if upstream.pointee.role == .exclusive {
      upstream.pointee.greeting.append("*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n")
      upstream.pointee.greetingReplies = 2
    }
    updateInterest(of: upstream)
    flush(upstream)
  }

  /// AUTH as a namespace's user, or as the administrator.
  func login(as namespace: Namespace?) -> [UInt8] {
    let (user, password) = account(of: namespace)
    var queue = ByteQueue()
    queue.append(request: [Array("AUTH".utf8), user, password])
    return Array(queue.readable)
  }

  private func account(of namespace: Namespace?) -> (user: [UInt8], password: [UInt8]) {
    let (name, secret) =
      namespace.map {
        ($0.realName, configuration.proxyKey.password(of: $0.record.id))
      } ?? (configuration.administrator, configuration.password)
    return (Array(name.utf8), Array(secret.reveal().utf8))
  }

  func updateInterest(of upstream: UpstreamPointer) {
    guard upstream.pointee.descriptor >= 0 else { return }
    let writing = upstream.pointee.waitsForRoom || upstream.pointee.state == .connecting
    events.change(upstream.pointee.descriptor, writing ? [.reading, .writing] : .reading, .upstream(upstream))
  }

  func flush(_ upstream: UpstreamPointer) {
    switch upstream.pointee.state {
    case .idle:
      if upstream.pointee.troubleSince == nil, !upstream.pointee.pending.isEmpty { connect(upstream) }
    case .connecting, .closed: break
    case .greeting:
      let bytes = upstream.pointee.greeting.readable
      guard let count = send(bytes, on: upstream) else { return }
      upstream.pointee.greeting.consume(count)
    case .ready:
      while !upstream.pointee.waitsForRoom, upstream.pointee.sentBytes < upstream.pointee.output.count {
        let bytes = upstream.pointee.output.readable[upstream.pointee.sentBytes...]
        guard let count = send(UnsafeRawBufferPointer(rebasing: bytes), on: upstream) else { return }
        upstream.pointee.sentBytes += count
      }
    }
  }

  /// - Returns: how much the kernel took; nil if the connection is lost.
  private func send(_ bytes: UnsafeRawBufferPointer, on upstream: UpstreamPointer) -> Int? {
    guard !bytes.isEmpty else { return 0 }
    var count: Int
    repeat {
      count = Glibc.send(
        upstream.pointee.descriptor, bytes.baseAddress, bytes.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
    } while count < 0 && errno == EINTR
    if count < 0, errno != EAGAIN {
      lost(upstream, String(cString: strerror(errno)))
      return nil
    }
    if count < bytes.count {
      upstream.pointee.waitsForRoom = true
      updateInterest(of: upstream)
    }
    return max(0, count)
  }

  private func receive(from upstream: UpstreamPointer) {
    let isFresh = upstream.pointee.input.isEmpty
    let room = isFresh ? receiveBuffer : upstream.pointee.input.reserve(Self.readSize)
    let count = read(upstream.pointee.descriptor, room.baseAddress, room.count)
    guard count > 0 else {
      if count < 0, errno == EAGAIN || errno == EINTR { return }
      return lost(upstream, count == 0 ? "it closed the connection" : String(cString: strerror(errno)))
    }
    upstream.pointee.lastReply = now
    if isFresh {
      let bytes = UnsafeRawBufferPointer(start: room.baseAddress, count: count)
      let used = takeReplies(of: upstream, bytes)
      guard upstream.pointee.descriptor >= 0, used < count else { return }
      upstream.pointee.input.append(UnsafeRawBufferPointer(rebasing: bytes[used...]))
    } else {
      upstream.pointee.input.commit(count)
      let used = takeReplies(of: upstream, upstream.pointee.input.readable)
      guard upstream.pointee.descriptor >= 0 else { return }
      upstream.pointee.input.consume(used)
      upstream.pointee.input.shrinkWhenEmpty()
    }
  }

  private static let readSize = 64 * 1024

  /// The replies to the greeting.
  func takeGreetingReply(_ reply: UnsafeRawBufferPointer, of upstream: UpstreamPointer) {
    // While a script runs, a node lets in who may end it, but does not tell the number of the connection.
    let isBusy =
      upstream.pointee.role == .exclusive && upstream.pointee.greetingReplies == 1 && reply.starts(with: "-BUSY ".utf8)
    if reply.first == UInt8(ascii: "-"), !isBusy {
      return lost(upstream, Secret.masking(String(decoding: reply.dropFirst().dropLast(2), as: UTF8.self)))
    }
    if reply.first == UInt8(ascii: ":") {
      upstream.pointee.details.serverID = Decimal.read(UnsafeRawBufferPointer(rebasing: reply.dropFirst().dropLast(2)))
    }
    upstream.pointee.greetingReplies -= 1
    guard upstream.pointee.greetingReplies == 0 else { return }
    upstream.pointee.state = .ready
    upstream.pointee.failures = 0
    upstream.pointee.troubleSince = nil
    markDirty(upstream)
  }
}

extension ByteQueue {
  mutating func append(request arguments: [[UInt8]]) {
    append(arrayOf: arguments.count)
    for argument in arguments { argument.withUnsafeBytes { append(bulk: $0) } }
  }
}
