/// A user's script, and what runs in its place.
struct WrappedScript: Sendable {
  let text: [UInt8]
  /// In lower-case hexadecimal, as `SCRIPT LOAD` of the user's own text answers.
  let userHash: [UInt8]
  /// Of `text`.
  let wrappedHash: [UInt8]
}

/// Makes a script of a namespace's user run as on a Redis of its own.
enum ScriptWrapper {
  /// - Parameter prefix: of the keys, and of the channels (which are those of database 0).
  static func wrap(
    _ script: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer, channelPrefix: UnsafeRawBufferPointer
  ) -> WrappedScript { WrappedScript(text: [], userHash: [], wrappedHash: []) }
}
