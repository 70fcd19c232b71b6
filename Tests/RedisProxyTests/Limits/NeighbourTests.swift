import Core
import RedisNamespaces
import TestServers
import Testing

/// What a client sees of others of its namespace, whichever worker serves them.
@Suite(.enabled(if: NamespaceProxy.skipReason == nil, "redis-server is not installed"))
struct NeighbourTests {
  @Test func clientsOfAllWorkersAreSeen() async throws {
    let proxy = try await NamespaceProxy(workers: 2)
    do {
      let (wiki, notes) = (try await proxy.namespace("wiki"), try await proxy.namespace("notes"))
      func login(_ namespace: NamespaceProxy.Namespace) throws -> (RawConnection, id: Int) {
        let connection = try RawConnection(port: proxy.port)
        #expect(try connection.command("AUTH", namespace.password.reveal()).text == "OK")
        return (connection, try #require(try connection.command("CLIENT", "ID").integer))
      }
      // Each worker gives every second number. The kernel spreads connections as it likes.
      var clients = [try login(wiki), try login(wiki)]
      let asker = clients[0].0
      while Set(clients.map { $0.id % 2 }).count < 2 { clients.append(try login(wiki)) }
      let (far, farID) = try #require(clients.last { $0.id % 2 != clients[0].id % 2 })
      let (stranger, strangerID) = try login(notes)
      #expect(try far.command("CLIENT", "SETNAME", "far").text == "OK")
      #expect(try stranger.command("CLIENT", "SETNAME", "stranger").text == "OK")

      let list = try #require(try asker.command("CLIENT", "LIST").text).split(separator: "\n")
      #expect(list.map { $0.prefix { $0 != " " } } == clients.map(\.id).sorted().map { "id=\($0)" })
      #expect(list.contains { $0.contains(" name=far ") && $0.contains(" cmd=client|setname ") }, "\(list)")
      #expect(try asker.command("CLIENT", "LIST", "ID", "\(strangerID)").text == "")

      #expect(try asker.command("SELECT", "1").text == "OK")
      #expect(try asker.command("SET", "other", "x").text == "OK")
      #expect(try asker.command("SELECT", "0").text == "OK")
      #expect(try asker.command("MSET", "a", "1", "b", "2", "c", "3").text == "OK")
      #expect(try far.command("EXPIRE", "a", "1000").integer == 1)
      let keyspace = try #require(try asker.command("INFO", "keyspace").text)
      #expect(
        keyspace.replacing(#/avg_ttl=9[0-9]{5}/#, with: "avg_ttl=soon")
          == "# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=soon\r\ndb1:keys=1,expires=0,avg_ttl=0\r\n")
      #expect(
        try asker.command("INFO", "clients").text
          == "# Clients\r\nconnected_clients:\(clients.count)\r\nmaxclients:10000\r\nblocked_clients:0\r\n")

      try far.send(["BLPOP", "list", "0"])
      var unblocked = 0
      // It may not have come to the server yet.
      for _ in 0..<400 where unblocked == 0 {
        unblocked = try asker.command("CLIENT", "UNBLOCK", "\(farID)", "ERROR").integer ?? 0
      }
      #expect(try far.receive().text?.hasPrefix("UNBLOCKED") == true)

      #expect(try far.command("PSUBSCRIBE", "a*", "b*").children?.count == 3)
      _ = try far.receive()
      #expect(try clients[1].0.command("PSUBSCRIBE", "b*").children?.count == 3)
      #expect(try asker.command("PUBSUB", "NUMPAT").integer == 2)
      #expect(try stranger.command("PUBSUB", "NUMPAT").integer == 0)

      #expect(try asker.command("CLIENT", "KILL", "ID", "\(strangerID)").integer == 0)
      #expect(try asker.command("CLIENT", "KILL", "ID", "\(farID)").integer == 1)
      #expect(throws: Problem.self) { try far.receive() }
      #expect(try stranger.command("PING").text == "PONG")
      #expect(try asker.command("CLIENT", "KILL", "SKIPME", "no").integer == clients.count - 1)
      #expect(throws: Problem.self) { try asker.receive() }
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }
}
