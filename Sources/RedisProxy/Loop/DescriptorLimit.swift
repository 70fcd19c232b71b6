import Glibc

/// How many files and sockets this process may have open (getrlimit(2)).
enum DescriptorLimit {
  /// Raises what is asked of the process to what it is allowed, which is more by far on most systems.
  static func raise(forClients clients: Int) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    // A client may have connections to nodes of its own.
    let wanted = min(limit.rlim_max, rlim_t(clients) * 3 + 1024)
    guard limit.rlim_cur < wanted else { return }
    limit.rlim_cur = wanted
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
