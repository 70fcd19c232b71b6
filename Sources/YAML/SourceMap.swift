/// Leads from a generated text back to the text it was made from.
package struct SourceMap: Sendable {
  package struct Segment: Sendable {
    /// The byte offset at which this part of the generated text begins; it ends where the next begins.
    package let generatedStart: Int
    package let originalStart: Int
    /// Whether the bytes were copied one by one, or stand for the one place at `originalStart`.
    package let isCopied: Bool

    package init(generatedStart: Int, originalStart: Int, isCopied: Bool) {
      self.generatedStart = generatedStart
      self.originalStart = originalStart
      self.isCopied = isCopied
    }
  }

  package let original: [UInt8]
  private let segments: [Segment]

  /// - Parameter segments: in the order of `generatedStart`.
  package init(original: [UInt8], segments: [Segment]) {
    self.original = original
    self.segments = segments
  }

  /// The byte offset in `original` that the byte at `offset` of the generated text came from.
  package func origin(of offset: Int) -> Int {
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].generatedStart <= offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    let segment = segments[low - 1]
    return segment.isCopied ? segment.originalStart + offset - segment.generatedStart : segment.originalStart
  }
}
