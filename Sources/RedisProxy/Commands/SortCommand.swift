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
}
