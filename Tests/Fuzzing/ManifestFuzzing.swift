import Core
import Manifest

/// All that `manifest validate` does with a file.
enum ManifestFuzzing {
  /// - Parameter isTemplate: the input is a template whatever it says about its version.
  static func run(_ bytes: UnsafeRawBufferPointer, isTemplate: Bool) {
    let input = Array(bytes)
    let file = isTemplate ? Array("olaresManifest.version: '0.10.0'\n".utf8) + withoutVersion(input) : input
    do {
      let reading = try ManifestFile.validate(file, file: "m.yaml")
      precondition(reading.manifest != nil || reading.hasErrors, "a file without a manifest has no errors")
      for diagnostic in reading.diagnostics {
        precondition(diagnostic.location.line >= 1 && diagnostic.location.column >= 1)
        let rendered = diagnostic.rendered(with: .plain)
        precondition(rendered.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == UInt8(ascii: "\n") }, "\(rendered)")
      }
    } catch {
      preconditionFailure("validating threw \(error)")
    }
  }

  /// Real manifests begin with the line that says which version they are.
  private static func withoutVersion(_ input: [UInt8]) -> ArraySlice<UInt8> {
    guard input.starts(with: "olaresManifest.version".utf8) || input.starts(with: "terminusManifest.version".utf8),
      let end = input.firstIndex(of: UInt8(ascii: "\n"))
    else { return input[...] }
    return input[(end + 1)...]
  }
}
