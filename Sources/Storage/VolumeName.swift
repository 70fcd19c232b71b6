package import Core
package import SystemPackage

/// The name of a volume's directory, as Olares forms it: `pvc-userspace-<owner>-<16 letters or digits>`.
///
/// Names are read from the right: the last 16 characters have no hyphen, so that what stands before them is the owner
/// whole, whatever hyphens it has, and `al` never finds `al-ice`'s volume.
package struct VolumeName: Sendable, Hashable, CustomStringConvertible {
  package enum Kind: String, Sendable, CaseIterable, Codable {
    /// Home and Data, on the shared file system.
    case userspace
    /// Caches, on the disk of this node.
    case appcache

    fileprivate var prefix: String { "pvc-\(rawValue)-" }
  }

  package let kind: Kind
  package let owner: Owner
  package let suffix: String

  /// A new name.
  package init(_ kind: Kind, of owner: Owner) {
    self.kind = kind
    self.owner = owner
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    suffix = String((0..<Self.suffixLength).map { _ in alphabet[Int.random(in: alphabet.indices)] })
  }

  /// Reads a directory's name; nil if it is not a volume's.
  package init?(_ text: String) {
    guard let kind = Kind.allCases.first(where: { text.hasPrefix($0.prefix) }) else { return nil }
    let rest = text.dropFirst(kind.prefix.count)
    guard let hyphen = rest.lastIndex(of: "-"), let owner = try? Owner(String(rest[..<hyphen])) else { return nil }
    let suffix = rest[rest.index(after: hyphen)...]
    guard suffix.utf8.count == Self.suffixLength,
      suffix.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (0x30...0x39).contains($0) })
    else { return nil }
    self.kind = kind
    self.owner = owner
    self.suffix = String(suffix)
  }

  package var description: String { "\(kind.prefix)\(owner)-\(suffix)" }

  private static let suffixLength = 16
}

extension VolumeName: Codable {
  package init(from decoder: any Decoder) throws {
    let text = try String(from: decoder)
    guard let name = VolumeName(text) else {
      throw Problem("bad-record", .badData, "\"\(text.shortened(to: 120))\" is not a volume's name")
    }
    self = name
  }

  package func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}

extension Layout {
  package func directory(ofVolumes kind: VolumeName.Kind) -> FilePath {
    switch kind {
    case .userspace: userspace
    case .appcache: cache
    }
  }

  package func path(of volume: VolumeName) -> FilePath {
    directory(ofVolumes: volume.kind).appending(volume.description)
  }
}
