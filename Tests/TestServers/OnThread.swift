import Dispatch

/// Runs what blocks on a thread of its own: Swift's threads must not block.
package func onThread<Value: Sendable, Failure: Error>(
  _ body: @escaping @Sendable () throws(Failure) -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue(label: "blocking").async { continuation.resume(with: Result { try body() }) }
  }
}
