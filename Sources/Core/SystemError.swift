package import SystemPackage

extension Problem {
  /// The problem of a failed system call on `path`: `doing` completes the sentence "cannot …".
  package init(_ errno: Errno, _ doing: String, _ path: FilePath) {
    let (code, status): (String, ExitStatus) =
      switch errno {
      case .noSuchFileOrDirectory: ("no-such-file", .noInput)
      case .permissionDenied, .notPermitted: ("permission-denied", .notPermitted)
      case .fileExists: ("file-exists", .cannotCreate)
      case .noSpace, .diskQuotaExceeded: ("disk-full", .ioError)
      case .readOnlyFileSystem: ("read-only", .ioError)
      default: ("io-error", .ioError)
      }
    self.init(code, status, "cannot \(doing) \(path): \(errno)")
  }
}
