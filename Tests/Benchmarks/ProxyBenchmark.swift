import Core
import FoundationEssentials
import Glibc
import SystemPackage
import TestServers

/// redis-benchmark through the namespace proxy and its peers, interleaved, so that whatever else the machine does falls on
/// all of them.
struct ProxyBenchmark {
  let peers: ProxyPeers
  var rounds = 3
  var connections = 50

  private struct Sample {
    var perSecond: Double
    var p50: Double
    var p99: Double
    /// Of the proxy, in microseconds for each command.
    var processor: Double?
  }

  func run() throws -> Table {
    var table = Table(
      ["pipeline", "bytes", "command"] + [
        "through", "commands/s", "× nutcracker", "p50 ms", "p99 ms", "proxy's CPU µs",
      ],
      rows: [])
    for depth in [1, 16, 64] {
      for size in [64, 1024] {
        for command in ["SET", "GET"] {
          let samples = try measure(command, size: size, depth: depth)
          let reference = samples["nutcracker"].map { Self.median($0.map(\.perSecond)) }
          for peer in peers.peers {
            let own = samples[peer.name] ?? []
            let rate = Self.median(own.map(\.perSecond))
            let processor = own.compactMap(\.processor)
            table.rows.append([
              "\(depth)", "\(size)", command, peer.name, "\(Int(rate))",
              reference.map { "\(Self.rounded(rate / $0))" } ?? "–", "\(Self.rounded(Self.median(own.map(\.p50))))",
              "\(Self.rounded(Self.median(own.map(\.p99))))",
              processor.isEmpty ? "–" : "\(Self.rounded(Self.median(processor)))",
            ])
          }
        }
      }
    }
    return table
  }

  /// One line: what the proxy's memory grows by with `count` idle clients that have logged in.
  func idleConnections(_ count: Int) throws -> String {
    let limit = rlimit(rlim_cur: rlim_t(count + 500), rlim_max: rlim_t(count + 500))
    _ = withUnsafePointer(to: limit) { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), $0) }
    guard let peer = peers.peers.first(where: { $0.name == "olares-cli" }), let identifier = peer.processIdentifier
    else {
      return "there is no proxy"
    }
    let before = try Self.residentBytes(identifier)
    var open: [RawConnection] = []
    for _ in 0..<count {
      let connection = try RawConnection(port: peer.port)
      guard try connection.command("AUTH", peer.password).text == "OK" else {
        return "the proxy took only \(open.count) connections"
      }
      open.append(connection)
    }
    let after = try Self.residentBytes(identifier)
    return "\(open.count) idle connections: \(after >> 20) MiB resident, \((after - before) / count) bytes each"
  }

  private func measure(_ command: String, size: Int, depth: Int) throws -> [String: [Sample]] {
    let count = depth == 1 ? 60_000 : 400_000
    var samples: [String: [Sample]] = [:]
    // Of a first round nothing is counted: it warms the caches.
    for round in 0...rounds {
      for index in peers.peers.indices {
        let peer = peers.peers[(index + round) % peers.peers.count]
        let before = try peer.processIdentifier.map(Self.processorTime)
        let line = try Self.output([
          "/usr/bin/redis-benchmark", "-p", "\(peer.port)", "-a", peer.password, "-c", "\(connections)", "-n",
          "\(count)",
          "-d", "\(size)", "-P", "\(depth)", "-t", command.lowercased(), "--csv",
        ])
        let after = try peer.processIdentifier.map(Self.processorTime)
        let fields = line.split(separator: ",").map { Double($0.filter { $0 != "\"" }) ?? 0 }
        guard fields.count >= 7, fields[1] > 0 else {
          throw Problem("no-benchmark", .failed, "redis-benchmark through \(peer.name) says: \(line)")
        }
        guard round > 0 else { continue }
        let processor: Double? = if let before, let after { (after - before) * 1e6 / Double(count) } else { nil }
        samples[peer.name, default: []].append(
          Sample(perSecond: fields[1], p50: fields[4], p99: fields[6], processor: processor))
      }
    }
    return samples
  }

  /// The last line that a program prints.
  private static func output(_ command: [String]) throws -> String {
    let quoted = command.map { "'\($0)'" }.joined(separator: " ")
    guard let stream = popen("\(quoted) 2>/dev/null", "r") else {
      throw Problem(Errno(rawValue: errno), "run", FilePath(command[0]))
    }
    defer { pclose(stream) }
    var bytes: [UInt8] = []
    while case let byte = getc(stream), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
  }

  /// In seconds, user and system (proc(5), stat).
  private static func processorTime(_ identifier: Int32) throws -> Double {
    let text = try Files.readTextIfPresent(FilePath("/proc/\(identifier)/stat")) ?? ""
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func residentBytes(_ identifier: Int32) throws -> Int {
    let text = try Files.readTextIfPresent(FilePath("/proc/\(identifier)/statm")) ?? ""
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }

  private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
