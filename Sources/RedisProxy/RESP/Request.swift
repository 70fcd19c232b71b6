/// Where an argument is, from the base of its request.
struct ArgumentRange {
  var start: Int32
  var count: Int32
}

/// One request of a client. It is a view of the parser's memory and of the input: good until the next call of the parser or a
/// change of the input.
struct Request {
  let base: UnsafeRawPointer
  let arguments: UnsafeBufferPointer<ArgumentRange>
  /// The arguments do not stand in the input as a Redis client frames them (an inline command, or odd line ends), so that
  /// each has to be written anew to be passed on.
  let isInline: Bool
  /// Of the whole request, in the input.
  let byteCount: Int

  @inline(__always)
  var count: Int { arguments.count }

  /// Checked in release builds, too: what lies beyond is another client's.
  @inline(__always)
  subscript(index: Int) -> UnsafeRawBufferPointer {
    precondition(arguments.indices.contains(index))
    let range = arguments[index]
    return UnsafeRawBufferPointer(start: base + Int(range.start), count: Int(range.count))
  }
}
