/// Redis' own matching of patterns (`stringmatchlen`): `*`, `?`, `[a-z]`, `[^a-z]`, `\x`, byte by byte.
enum GlobPattern {
  static func matches(_ pattern: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer) -> Bool { false }
}
