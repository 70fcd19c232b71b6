import Dispatch

/// A serial executor on a dispatch queue of its own, for actors that call blocking C functions: Swift's cooperative
/// threads must not block. (`DispatchSerialQueue` as an executor exists on Apple's systems only.)
package final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  package init(label: String) { queue = DispatchQueue(label: label) }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
