import Glibc

/// A peer that closes its end must be an error of the write to it, not a signal that ends the process. Whoever writes
/// to pipes or sockets asks for this first.
package enum BrokenPipe {
  package static func isError() { _ = ignored }

  private static let ignored: Void = { _ = signal(SIGPIPE, SIG_IGN) }()
}
