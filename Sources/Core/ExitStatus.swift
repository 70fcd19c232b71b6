/// The statuses the process ends with: sysexits(3) numbers where one fits, so that scripts and cron can tell causes apart.
package enum ExitStatus: Int32, Sendable, CaseIterable {
  case done = 0
  case failed = 1
  /// Some of the work was done and some was not; the output says which.
  case partlyDone = 3
  case usage = 64
  case badData = 65
  case noInput = 66
  case unavailable = 69
  case cannotCreate = 73
  case ioError = 74
  /// Somebody else holds a lock; trying later may work.
  case busy = 75
  case notPermitted = 77
  case notPrepared = 78
  case interrupted = 130
  case terminated = 143

  /// One line for `--help` and the man pages.
  package var meaning: String {
    switch self {
    case .done: "done, or nothing to do"
    case .failed: "failed"
    case .partlyDone: "done in part; the output says what is missing"
    case .usage: "wrong usage"
    case .badData: "bad input data"
    case .noInput: "an input file does not exist or cannot be read"
    case .unavailable: "a server cannot be reached, or lacks something that is needed"
    case .cannotCreate: "something cannot be created, for example because a port is taken"
    case .ioError: "reading or writing failed"
    case .busy: "locked by another run; try again later"
    case .notPermitted: "not permitted, or the object belongs to somebody else"
    case .notPrepared: "not prepared yet, or the configuration is wrong"
    case .interrupted: "stopped by SIGINT"
    case .terminated: "stopped by SIGTERM"
    }
  }
}
