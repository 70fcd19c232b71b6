import Glibc
import SystemPackage

/// Random moments that can be had again: SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
/// Generators").
struct SeededGenerator: RandomNumberGenerator {
  /// `OLARES_FAILURE_SEED` where it is set, to have the moments of an earlier run again.
  static let seed: UInt64 = {
    let chosen = getenv("OLARES_FAILURE_SEED").flatMap { UInt64(String(cString: $0)) }
    let seed = chosen ?? .random(in: .min ... .max)
    _ = try? FileDescriptor.standardError.writeAll("random moments: OLARES_FAILURE_SEED=\(seed)\n".utf8)
    return seed
  }()

  private var state: UInt64

  /// - Parameter purpose: so that the moments of one test do not depend on which others run.
  init(purpose: String) { state = purpose.utf8.reduce(Self.seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
