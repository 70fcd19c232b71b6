import Glibc

/// What libFuzzer calls with every input (llvm.org/docs/LibFuzzer.html). `FUZZ_TARGET` in the environment says what to feed
/// it to.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  switch target {
  case "templates": ManifestFuzzing.run(input, isTemplate: true)
  case "literals": ManifestFuzzing.run(input, isTemplate: false)
  case "requests": RequestFuzzing.run(input)
  case "replies": ReplyFuzzing.run(input)
  default: preconditionFailure("FUZZ_TARGET must be templates, literals, requests or replies")
  }
  return 0
}

/// SwiftPM gives every executable a `main` that calls this one. libFuzzer's own is not linked then.
@c(fuzz_main)
public func main(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
  var count = count
  var arguments = arguments
  return withUnsafeMutablePointer(to: &arguments) { runDriver(&count, $0, fuzz) }
}

// C's calling convention and Swift's agree for pointers and integers.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

private let target = getenv("FUZZ_TARGET").map { String(cString: $0) }
