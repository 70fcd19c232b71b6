import Core
import Synchronization

/// The thread that a connection lives on: pieces of work run on it one after the other, each as a whole, so that two
/// tasks with one session cannot get into each other's transactions.
actor Channel {
  nonisolated let endpoint: PostgreSQLEndpoint
  private let settings: [(name: String, value: String)]
  private let executor: BlockingExecutor
  /// Opened by the first piece of work.
  private var connection: Connection?
  private let canceller = Mutex<Canceller?>(nil)

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(to endpoint: PostgreSQLEndpoint, settings: [(name: String, value: String)]) {
    self.endpoint = endpoint
    self.settings = settings
    executor = BlockingExecutor(label: "PostgreSQL \(endpoint)")
  }

  /// Runs `work` with the connection. Cancelling the task stops the statement that runs.
  ///
  /// - Parameter doing: completes the sentence "cannot …" of an error.
  /// - Throws: `Problem`, `CancellationError`, or what `work` throws of its own.
  func run<Result: Sendable>(
    _ doing: String, _ work: @Sendable (Connection) throws -> Result
  ) async throws -> Result {
    let connection = try opened()
    return try await withTaskCancellationHandler {
      do {
        return try work(connection)
      } catch let error as ServerError {
        // Without a state the connection is broken; the next piece of work opens a new one.
        if error.state == nil || error.state == .adminShutdown || error.state == .featureNotSupported { close() }
        throw error.problem(doing, on: endpoint)
      }
    } onCancel: {
      canceller.withLock { $0 }?.cancel()
    }
  }

  /// Logs out, so that the server lets go of the database at once.
  func close() {
    connection = nil
    canceller.withLock { $0 = nil }
  }

  private func opened() throws -> Connection {
    if let connection { return connection }
    let opened = try Connection(to: endpoint, settings: settings, timeout: .seconds(10))
    canceller.withLock { $0 = opened.canceller() }
    connection = opened
    return opened
  }
}
