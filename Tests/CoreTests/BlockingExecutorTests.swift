import Core
import Glibc
import Testing

@Suite struct BlockingExecutorTests {
  /// More blocked actors than Swift has threads: with the ordinary executor the writers below would never run.
  @Test func blockedActorsLeaveSwiftsThreadsFree() async throws {
    let actors = (0..<64).map { _ in PipeReader() }
    try await withThrowingTaskGroup(of: UInt8.self) { group in
      for actor in actors { group.addTask { try await actor.read() } }
      for (index, actor) in actors.enumerated() { await Task { actor.write(UInt8(index)) }.value }
      var sum = 0
      for try await byte in group { sum += Int(byte) }
      #expect(sum == (0..<64).reduce(0, +))
    }
  }
}

/// Blocks in read(2) until somebody writes.
private actor PipeReader {
  private let executor = BlockingExecutor(label: "test")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private let ends: [Int32]

  init() {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    self.ends = ends
  }

  deinit { for end in ends { close(end) } }

  func read() throws -> UInt8 {
    var byte: UInt8 = 0
    guard Glibc.read(ends[0], &byte, 1) == 1 else { throw CancellationError() }
    return byte
  }

  nonisolated func write(_ byte: UInt8) {
    var byte = byte
    Glibc.write(ends[1], &byte, 1)
  }
}
