import Core
import Glibc
import Redis
import SystemPackage
import TestServers

/// A proxy whose limits are tried out, with what is needed to see what it takes. It ends with the tests' process.
struct Bench: Sendable {
  static let mostClients = 100
  static let mostRequests = 100

  /// With small limits.
  static let shared = Task {
    try await Bench(options: [
      "--max-clients", "\(mostClients)", "--max-pipeline", "\(mostRequests)", "--max-request", "1mb",
      "--pause-output", "64kb", "--max-output", "8mb", "--max-subscriber-output", "1mb", "--max-node-queue", "1mb",
      "--login-timeout", "3", "--request-timeout", "3", "--node-timeout", "5",
    ])
  }
  /// As it comes.
  static let generous = Task { try await Bench(options: []) }

  private let proxy: NamespaceProxy
  let password: Secret
  /// Of a namespace whose keys are in many slots.
  let spread: Secret
  private let process: Int32

  private init(options: [String]) async throws {
    proxy = try await NamespaceProxy(options: options)
    password = try await proxy.namespace("bench").password
    spread = try await proxy.namespace("wide", spread: true).password
    guard let process = try proxy.processIdentifier else {
      throw Problem("no-proxy", .unavailable, "the proxy does not tell its process id")
    }
    self.process = process
  }

  func connect() throws(Problem) -> RawConnection { try RawConnection(port: proxy.port) }

  func login(to password: Secret? = nil) throws(Problem) -> RawConnection {
    let connection = try connect()
    let reply = try connection.command("AUTH", (password ?? self.password).reveal())
    guard reply.text == "OK" else { throw Problem("no-login", .failed, reply.text ?? "") }
    return connection
  }

  /// Reads what is there until the proxy closes the connection.
  func expectEnd(of connection: RawConnection) throws(Problem) {
    while true {
      do {
        _ = try connection.receive(within: 30_000)
      } catch {
        guard error.code == "no-connection" else { throw error }
        return
      }
    }
  }

  /// Waits until the proxy takes clients and answers, so that it has done what it was asked before.
  func settle() throws(Problem) {
    var attempts = 0
    while true {
      usleep(300_000)
      attempts += 1
      do {
        _ = try login().command("GET", "nothing")
        return
      } catch {
        if attempts == 100 { throw error }
      }
    }
  }

  func nodeProcess() async throws -> Int32 {
    let information = try await proxy.cluster.connection(to: 0).command(["INFO", "server"]).text ?? ""
    guard let identifier = ServerInformation(information).integer("process_id") else {
      throw Problem("no-redis", .failed, "Redis does not tell its process id")
    }
    return Int32(identifier)
  }

  // MARK: What the proxy takes (proc(5))

  /// `VmRSS`, `VmSize`, in bytes.
  func memory(_ name: String) -> Int { ProcessStatus.memory(of: process, name) }

  func descriptors() -> Int { (try? Files.names(in: FilePath("/proc/\(process)/fd")).count) ?? 0 }

  /// User and system time.
  func processorSeconds() -> Double {
    let text = (try? Files.readTextIfPresent(FilePath("/proc/\(process)/stat"))) ?? ""
    // The name in parentheses may hold anything; utime and stime are the 12th and 13th field after it.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Lets it have so many files and sockets open, as prlimit(1) does.
  func limitDescriptors(to count: Int) async throws {
    _ = try await ChildProcess("/usr/bin/prlimit", ["--pid", "\(process)", "--nofile=\(count):"]).check()
  }
}

enum ProcessStatus {
  /// A size from `/proc/PID/status`: `VmRSS` now, `VmHWM` at most so far, `VmSize`; in bytes.
  static func memory(of process: Int32, _ name: String) -> Int {
    guard let status = try? Files.readTextIfPresent(FilePath("/proc/\(process)/status")),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("\(name):") }),
      let kibibytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({ Int($0) })
    else { return 0 }
    return kibibytes << 10
  }
}
