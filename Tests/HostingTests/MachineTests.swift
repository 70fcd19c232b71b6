import Core
import SystemPackage
import Testing

@testable import Hosting

@Suite struct MachineTests {
  @Test func readsDebian() {
    let system = OperatingSystem(
      osRelease: """
        PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
        NAME="Debian GNU/Linux"
        VERSION_ID="12"
        # a comment=1
        ID=debian
        """)
    #expect(system.isDebianFamily)
    #expect(system.shortName == "Debian 12")
    #expect(system.prettyName == "Debian GNU/Linux 12 (bookworm)")
  }

  @Test(arguments: [
    ("ID=ubuntu\nVERSION_ID=\"24.04\"\nID_LIKE=debian", true, "Ubuntu 24.04"),
    ("ID=linuxmint\nID_LIKE='ubuntu debian'\nPRETTY_NAME='Linux Mint 22'", true, "Linux Mint 22"),
    ("ID=fedora\nPRETTY_NAME=\"Fedora Linux 41\"", false, "Fedora Linux 41"),
    ("", false, "Linux"),
  ])
  func tellsDistributionsApart(text: String, isDebian: Bool, name: String) {
    let system = OperatingSystem(osRelease: text)
    #expect(system.isDebianFamily == isDebian)
    #expect(system.shortName == name)
  }

  @Test func comparesKernels() {
    #expect(KernelVersion("6.1.0-28-amd64") == KernelVersion(major: 6, minor: 1))
    #expect(KernelVersion("5.15.167.4-microsoft-standard-WSL2") < KernelVersion(major: 6, minor: 0))
    #expect(KernelVersion("6.10") > KernelVersion("6.9"))
    #expect(KernelVersion("7") == KernelVersion(major: 7, minor: 0))
  }

  @Test(arguments: [
    (nil, 2_048_000), ("max\n", 2_048_000), ("1048576\n", 1_048_576), ("99999999999\n", 2_048_000),
  ])
  func memoryIsWhatMayBeUsed(limit: String?, bytes: Int) {
    let info = "MemTotal:           2000 kB\nMemFree:            1000 kB\n"
    #expect(Machine.memory(memoryInfo: info, controlGroupLimit: limit) == ByteCount(bytes))
  }

  @Test func knowsThisMachine() throws {
    let machine = try Machine.current()
    #expect(machine.kernel > KernelVersion(major: 3, minor: 0))
    #expect(machine.memory.bytes > 1 << 20)
    let space = try DiskSpace(of: "/var/lib/no/such/directory")
    #expect(space.total.bytes >= space.used.bytes + space.free.bytes)
    #expect(space.free.bytes > 0)
  }
}
