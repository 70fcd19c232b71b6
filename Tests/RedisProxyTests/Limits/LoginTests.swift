import Core
import RedisNamespaces
import TestServers
import Testing

@testable import RedisProxy

/// Logging in to namespaces that are younger than what the proxy has read.
struct LoginTests {
  /// A worker that hears of the registry only from the test.
  private struct LoneWorker {
    let port = Ports.free()
    private let coordinator: Coordinator
    private let mailbox: Mailbox<WorkerMessage>
    private let thread: SystemThread

    init() throws {
      let configuration = ProxyConfiguration(
        host: "127.0.0.1", port: port, workers: 1, seeds: [], administrator: "", password: Secret(""),
        proxyKey: ProxyKey(Secret("")))
      let (coordinator, mailbox) = (try Coordinator(configuration), try Mailbox<WorkerMessage>())
      let listener = try Sockets.listen(host: "127.0.0.1", port: port)
      thread = SystemThread {
        let worker = try? Worker(
          index: 0, configuration: configuration, listener: listener, mailbox: mailbox, coordinator: coordinator)
        worker?.run()
      }
      (self.coordinator, self.mailbox) = (coordinator, mailbox)
    }

    func tell(_ directory: NamespaceDirectory, wish: UInt64, wasRead: Bool = true) {
      mailbox.post(.directory(directory, wish: wish, wasRead: wasRead))
    }

    func stop() {
      mailbox.post(.drain)
      thread.join()
    }
  }

  private func directory(_ password: Secret) throws -> NamespaceDirectory {
    let id = NamespaceID(AppInstance(app: try AppName("wiki"), owner: try Owner("alice")), try NamespaceName("db0"))
    let record = NamespaceRecord(id: id, placement: .spread, password: PasswordHash(of: password))
    return NamespaceDirectory(version: "1", records: [record], reusing: nil)
  }

  @Test func onlyAReadingThatBeganLaterDecidesAboutAPassword() throws {
    let worker = try LoneWorker()
    defer { worker.stop() }
    let client = try RawConnection(port: worker.port)
    try client.send(["AUTH", "secret"])
    // It was under way before: the namespace may have been created since.
    worker.tell(.empty, wish: 0)
    #expect(!client.isReadable(within: 300))
    worker.tell(try directory(Secret("secret")), wish: 1)
    #expect(try client.receive().text == "OK")
    #expect(try client.command("ACL", "WHOAMI").text == "default")
  }

  @Test func aPasswordThatCannotBeLookedUpIsNotWrong() throws {
    let worker = try LoneWorker()
    defer { worker.stop() }
    let client = try RawConnection(port: worker.port)
    try client.send(["HELLO", "3", "AUTH", "default", "secret"])
    // Before the worker has taken the request, it may have heard of this.
    worker.tell(.empty, wish: 0)
    #expect(!client.isReadable(within: 300))
    worker.tell(.empty, wish: 1, wasRead: false)
    #expect(try client.receive().text == "ERR the server cannot be reached at the moment")
    try client.send(["AUTH", "secret"])
    #expect(!client.isReadable(within: 300))
    worker.tell(.empty, wish: 2)
    #expect(try client.receive().text == "WRONGPASS invalid username-password pair or user is disabled.")
  }

  @Test(.enabled(if: NamespaceProxy.skipReason == nil, "redis-server is not installed"))
  func aNewPasswordIsTakenAtOnce() async throws {
    let proxy = try await NamespaceProxy(workers: 2)
    do {
      for number in 0..<8 {
        // Each of these has the registry read, which is then not allowed again for a second.
        if number.isMultiple(of: 4) { _ = try RawConnection(port: proxy.port).command("AUTH", "guessed") }
        let namespace = try await proxy.namespace("app\(number)")
        let reply = try RawConnection(port: proxy.port).command("AUTH", namespace.password.reveal())
        #expect(reply.text == "OK", "namespace \(number)")
      }
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }
}
