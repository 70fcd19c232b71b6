import Glibc
import SystemPackage
import TestServers

/// Random moments that can be had again.
struct SeededGenerator: RandomNumberGenerator {
  /// `OLARES_FAILURE_SEED` where it is set, to have the moments of an earlier run again.
  static let seed: UInt64 = {
    let chosen = getenv("OLARES_FAILURE_SEED").flatMap { UInt64(String(cString: $0)) }
    let seed = chosen ?? .random(in: .min ... .max)
    _ = try? FileDescriptor.standardError.writeAll("random moments: OLARES_FAILURE_SEED=\(seed)\n".utf8)
    return seed
  }()

  private var random: SplitMix64

  /// - Parameter purpose: so that the moments of one test do not depend on which others run.
  init(purpose: String) {
    random = SplitMix64(seed: purpose.utf8.reduce(Self.seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
  }

  mutating func next() -> UInt64 { random.next() }
}
