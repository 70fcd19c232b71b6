package import Core
import FoundationEssentials
import Glibc
package import SystemPackage

/// What a running proxy tells about itself.
package struct ProxyStatus: Sendable, Codable, Hashable {
  package struct Namespace: Sendable, Codable, Hashable {
    package var name: String
    package var clients: Int
    package var commands: Int
    /// In the last second.
    package var commandsPerSecond: Int
    package var bytesIn: Int
    package var bytesOut: Int
    package var errors: Int
    package var redirects: Int
    /// Microseconds between a request and its reply within the proxy, the node's time included; right to a fifth. Nil where
    /// there was no command.
    package var latency50: Int?
    package var latency99: Int?
    package var latency999: Int?
    package var limits: Limits
    /// Logins that would have exceeded the limit of connections.
    package var connectionsRefused: Int
    /// Commands that had to wait, since there were more in a second than there may be.
    package var commandsDelayed: Int
    /// Commands that would have added data beyond the limit of memory.
    package var commandsRefused: Int
    /// Scripts that were killed since they ran too long.
    package var scriptsKilled: Int
    /// A script runs too long and cannot be killed, since it has written.
    package var hasRunawayScript: Bool
    /// What it holds, as far as a sample tells; nil as long as nobody has looked.
    package var keys: Int?
    package var memory: Int?
    /// Since then.
    package var memoryAgeSeconds: Int?
  }

  /// Nil is no limit.
  package struct Limits: Sendable, Codable, Hashable {
    package var connections: Int?
    package var commandsPerSecond: Int?
    package var scriptMilliseconds: Int?
    package var memoryBytes: Int?
  }

  package struct Node: Sendable, Codable, Hashable {
    /// Host and port.
    package var address: String
    package var isMaster: Bool
    package var slots: Int
    /// Connections of the proxy that are ready.
    package var connections: Int
    /// Requests without a reply.
    package var waiting: Int
    /// Why the last connection was lost, if there is none now.
    package var error: String?
  }

  package var serverVersion: String
  package var uptimeSeconds: Int
  package var workers: Int
  package var processID: Int
  /// Connections, with those that have not logged in.
  package var clients: Int
  package var coveredSlots: Int
  package var registryVersion: String
  package var namespaces: [Namespace]
  package var nodes: [Node]

  /// Asks the proxy whose socket this is.
  ///
  /// - Throws: `Problem` `no-proxy` if none answers.
  package static func read(from socket: FilePath) throws(Problem) -> ProxyStatus {
    let none = Problem(
      "no-proxy", .unavailable, "no proxy answers at \(socket)", hint: "start it: olares-cli redis proxy run")
    guard let descriptor = try? UnixSocket.connect(to: socket) else { throw none }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      text += buffer[..<count]
    }
    guard let status = try? JSONDecoder().decode(ProxyStatus.self, from: Data(text)) else { throw none }
    return status
  }

  func encoded() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return (try? encoder.encode(self)).map { Array($0) } ?? []
  }
}
