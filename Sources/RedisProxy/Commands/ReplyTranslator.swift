/// Takes the namespace's prefix off the keys that replies name.
enum ReplyTranslator {
  /// Copies a whole reply, with the prefix taken off where the translation says.
  static func translate(
    _ reply: UnsafeRawBufferPointer, _ translation: ReplyTranslation, prefix: UnsafeRawBufferPointer,
    into queue: inout ByteQueue
  ) {}
}
