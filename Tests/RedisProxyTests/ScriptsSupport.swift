import Core
import Redis
import RedisNamespaces
import TestServers

@testable import RedisProxy

/// A script on a Redis of its own, and wrapped on a cluster's node as the user of a namespace.
final class ScriptPair {
  private static let password = Secret.random()
  private let server: RedisServer
  let plain: RawConnection
  let wrapped: RawConnection
  let record: NamespaceRecord

  init(name: String) async throws {
    server = try await RedisServer(password: Self.password)
    plain = try RawConnection(port: server.port)
    _ = try plain.command("AUTH", Self.password.reveal())

    let cluster = try await RedisClusterServer.shared()
    guard let tag = HashTag("t1"), let id = NamespaceID(realName: "app-owner_\(name)") else {
      throw Problem("bad-test", .failed, "\(name) is no name")
    }
    record = NamespaceRecord(id: id, placement: .oneSlot(tag), password: PasswordHash(of: Self.password))
    guard let user = NamespaceUser(record) else { throw Problem("bad-test", .failed, "no user") }
    let administrator = try await cluster.connection(to: 0)
    // The other databases' keys as well.
    _ = try await administrator.command(
      ["ACL", "SETUSER", user.name] + user.rules + ["~\(id.realName).1.*"])
    wrapped = try RawConnection(port: cluster.nodes[0].endpoint.port)
    _ = try wrapped.command("AUTH", user.name, Self.password.reveal())
  }

  deinit { server.stop() }

  var prefix: String { record.prefix }

  func wrap(_ script: String) -> WrappedScript {
    script.withRawBytes { script in
      prefix.withRawBytes { ScriptWrapper.wrap(script, prefix: $0, channelPrefix: $0) }
    }
  }

  /// What each side answers: a plain request on one, and on the other with the prefix in front of its keys.
  func command(_ arguments: [String]) throws -> (plain: RawReply, wrapped: RawReply) {
    try plain.send(arguments)
    let rewritten: [UInt8]? = withRequest(arguments) { request in
      guard let spec = CommandTable.shared.find(request) else { return [] }
      var list = IndexList()
      var queue = ByteQueue()
      KeyPositions.find(spec, request, into: &list)
      prefix.withRawBytes { RequestWriter.append(request, keys: list, prefix: $0, to: &queue) }
      return Array(queue.readable)
    }
    try wrapped.send(rewritten ?? [])
    return (try plain.receive(), try wrapped.receive())
  }

  /// The bytes of the replies to a script. `words`: numkeys, keys and arguments.
  func run(_ script: String, _ words: [String], command: String = "EVAL") throws -> (plain: String, wrapped: String) {
    try plain.send([command, script] + words)
    let own = wrap(script)
    var rewritten = [command, String(decoding: own.text, as: UTF8.self)] + words
    let count = Int(words[0]) ?? 0
    for index in 0..<count { rewritten[3 + index] = prefix + rewritten[3 + index] }
    try wrapped.send(rewritten)
    let plainReply = try plain.receive()
    let reply = try wrapped.receive()
    guard reply.isError else { return (Self.text(plainReply), Self.text(reply)) }
    let translated = reply.encoded.withUnsafeBytes { error in
      prefix.withRawBytes { prefix in written { own.appendError(error, prefix: prefix, to: &$0) } }
    }
    return (Self.text(plainReply), translated)
  }

  private static func text(_ reply: RawReply) -> String { String(decoding: reply.encoded, as: UTF8.self) }
}
