import Core
import SystemPackage
import Testing

@testable import PostgreSQL

@Suite struct Settings {
  private func value(_ name: String, memory: Int) -> String? {
    ServerSettings(socketDirectory: nil, memory: ByteCount(memory)).parameters.first { $0.name == name }?.value
  }

  @Test func memoryFitsTheMachine() {
    #expect(value("shared_buffers", memory: 24 << 30) == "3072MB")
    #expect(value("shared_buffers", memory: 256 << 20) == "64MB")
    #expect(value("shared_buffers", memory: 1 << 40) == "8192MB")
    #expect(value("max_connections", memory: 1 << 30) == "100")
    #expect(value("max_connections", memory: 24 << 30) == "768")
    #expect(value("max_connections", memory: 1 << 40) == "1000")
  }

  @Test func everyHostLogsInWithSCRAM() {
    var settings = ServerSettings(socketDirectory: nil, memory: ByteCount(1 << 30))
    settings.clientNetworks = ["10.0.0.0/8"]
    let hosts = settings.pgHbaConf.split(separator: "\n").filter { $0.hasPrefix("host") }
    #expect(hosts.count == 6)
    #expect(hosts.allSatisfy { $0.hasSuffix("scram-sha-256") })
    #expect(!settings.pgHbaConf.contains("trust"))
  }

  @Test func onlyRootAndTheServersAccountMayBeTheAdministrator() {
    let settings = ServerSettings(adminRole: "olares", socketDirectory: "/run/olares", memory: ByteCount(1 << 30))
    #expect(
      settings.pgIdentConf(account: "postgres").split(separator: "\n").dropFirst() == [
        "olares  root  \"olares\"", "olares  postgres  \"olares\"",
      ])
  }

  @Test func valuesAreQuoted() {
    let settings = ServerSettings(socketDirectory: "/tmp/it's", memory: ByteCount(1 << 30))
    #expect(settings.postgresqlConf.contains("unix_socket_directories = '/tmp/it''s'\n"))
  }
}
