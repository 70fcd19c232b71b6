import Core
import YAML

/// Checks `ports` and `tailscale`: how the app is reached beside its entrances.
struct NetworkReader {
  let root: SectionReader
  let findings: Findings

  func check() {
    var exposed: Set<String> = []
    for section in root.sections("ports") {
      _ = section.port("port")
      _ = section.flag("addToTailscaleAcl")
      let transports = section.word("protocol", among: Self.transports).map { [$0.value] } ?? Self.transports
      guard let port = section.int("exposePort"), port.value != 0 else { continue }
      check(port, named: section.name("exposePort"))
      let repeated = transports.filter { !exposed.insert("\(port.value)/\($0)").inserted }
      if !repeated.isEmpty {
        findings.error(port.place, "\(section.name("exposePort")) \(port.value) is there twice")
      }
    }
    // In 0.8.3 it was an option.
    for section in [root.section("tailscale"), root.section("options")?.section("tailscale")] {
      for rule in section?.sections("acls") ?? [] {
        _ = rule.word("proto", among: Self.tailscaleProtocols)
        _ = rule.texts("dst")
      }
    }
  }

  private func check(_ port: Located<Int>, named name: String) {
    if !(1...65535).contains(port.value) {
      findings.error(port.place, "\(name) is \(port.value); ports are 1 to 65535")
    } else if Self.takenByOlares.contains(port.value) {
      findings.warning(port.place, "\(name) is \(port.value), which Olares itself uses", hint: "choose another port")
    }
  }

  private static let transports = ["tcp", "udp"]
  private static let takenByOlares: Set = [22, 80, 81, 443, 444, 2379, 18088]
  private static let tailscaleProtocols = [
    "igmp", "ipv4", "ip-in-ip", "tcp", "egp", "igp", "udp", "gre", "esp", "ah", "sctp", "icmp",
  ]
}
