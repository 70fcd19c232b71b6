import Glibc

/// How many files and connections this process may have open (getrlimit(2), RLIMIT_NOFILE).
package enum OpenFileLimit {
  /// Raises the limit to `count` where it is lower, as far as this process may.
  /// - Returns: the limit there is now.
  package static func raise(to count: Int) -> Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let wanted = rlim_t(count)
    guard limit.rlim_cur < wanted else { return Int(clamping: limit.rlim_cur) }
    var raised = limit
    raised.rlim_cur = wanted
    raised.rlim_max = max(limit.rlim_max, wanted)
    // Only root may go beyond the hard limit.
    if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) != 0 {
      raised = rlimit(rlim_cur: min(wanted, limit.rlim_max), rlim_max: limit.rlim_max)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised)
    }
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }
}
