import Core
import Glibc
import Manifest

/// What libFuzzer calls with every input (llvm.org/docs/LibFuzzer.html): all that `manifest validate` does with a file.
///
/// With `FUZZ_TEMPLATE` in the environment the input is a template whatever it says about its version.
@c(LLVMFuzzerTestOneInput)
public func fuzzManifest(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  let bytes = isTemplate ? Array("olaresManifest.version: '0.10.0'\n".utf8) + withoutVersion(input) : input
  do {
    let reading = try ManifestFile.validate(bytes, file: "m.yaml")
    precondition(reading.manifest != nil || reading.hasErrors, "a file without a manifest has no errors")
    for diagnostic in reading.diagnostics {
      precondition(diagnostic.location.line >= 1 && diagnostic.location.column >= 1)
      let rendered = diagnostic.rendered(with: .plain)
      precondition(rendered.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == UInt8(ascii: "\n") }, "\(rendered)")
    }
  } catch {
    preconditionFailure("validating threw \(error)")
  }
  return 0
}

private let isTemplate = getenv("FUZZ_TEMPLATE") != nil

/// Real manifests begin with the line that says which version they are.
private func withoutVersion(_ input: [UInt8]) -> ArraySlice<UInt8> {
  guard input.starts(with: "olaresManifest.version".utf8) || input.starts(with: "terminusManifest.version".utf8),
    let end = input.firstIndex(of: UInt8(ascii: "\n"))
  else { return input[...] }
  return input[(end + 1)...]
}
