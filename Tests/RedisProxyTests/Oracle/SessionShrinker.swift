import Core

/// Leaves steps and calls out of a session for as long as it still shows a difference.
struct SessionShrinker {
  let play: (Session) throws(Problem) -> Oracle.Difference?
  /// Each attempt plays the session anew.
  private let attempts = 120

  func shortest(_ difference: Oracle.Difference) throws(Problem) -> Oracle.Difference {
    var left = attempts
    var best = difference
    best.session.steps = Array(best.session.steps.prefix(best.stepIndex + 1))
    var single = best.session
    single.steps = single.steps.flatMap(\.single)
    if let again = try play(single) { best = shortened(again) }
    var size = max(1, best.session.steps.count / 2)
    while left > 0 {
      var start = 0
      var hasChanged = false
      while start < best.session.steps.count, left > 0 {
        var candidate = best.session
        candidate.steps.removeSubrange(start..<min(start + size, candidate.steps.count))
        left -= 1
        if !candidate.steps.isEmpty, let again = try play(candidate), again.call?.name == best.call?.name {
          best = shortened(again)
          hasChanged = true
        } else {
          start += size
        }
      }
      if size == 1 && !hasChanged { break }
      size = max(1, size / 2)
    }
    return best
  }

  private func shortened(_ difference: Oracle.Difference) -> Oracle.Difference {
    var copy = difference
    copy.session.steps = Array(copy.session.steps.prefix(copy.stepIndex + 1))
    return copy
  }
}
