/// `SORT` and `SORT_RO`.
enum SortCommand {
  /// Whether a cluster's node would refuse the request, which then runs as a script (`SortScript`): it has `GET`, or `BY` with
  /// a pattern.
  static func needsScript(_ request: Request) -> Bool {
    var options = SortOptions(request)
    while let option = options.next() {
      switch option {
      case .get: return true
      case .by(let index):
        if SortOptions.hasStar(request[index]) { return true }
      case .ascending, .descending, .alphabetic, .limit, .store: break
      case .invalid: return false
      }
    }
    return false
  }

  /// What Redis says about the numbers of `LIMIT`, if it comes so far. A script could not tell numbers of 64 bits apart.
  static func limitError(_ request: Request) -> StaticString? {
    var options = SortOptions(request)
    while let option = options.next() {
      switch option {
      case .limit(let index):
        guard Decimal.read(request[index]) != nil, Decimal.read(request[index + 1]) != nil else {
          return "-ERR value is not an integer or out of range\r\n"
        }
      case .invalid: return nil
      case .ascending, .descending, .alphabetic, .by, .get, .store: break
      }
    }
    return nil
  }
}
