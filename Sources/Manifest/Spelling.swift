extension String {
  /// The candidate that differs by no more than a slip of the keyboard.
  func closest(in candidates: some Sequence<String>) -> String? {
    let tolerance = utf8.count < 4 ? 1 : 2
    guard utf8.count <= 64 else { return nil }
    return candidates.map { (name: $0, distance: editDistance(to: $0)) }
      .filter { $0.distance <= tolerance }
      .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
  }

  /// Insertions, deletions, replacements (Levenshtein), ignoring case.
  private func editDistance(to other: String) -> Int {
    let left = Array(lowercased().utf8)
    let right = Array(other.lowercased().utf8)
    var row = Array(0...right.count)
    for (index, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in right.indices {
        let replaced = diagonal + (byte == right[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(replaced, row[column] + 1, row[column + 1] + 1)
      }
    }
    return row[right.count]
  }
}
