extension Int {
  /// `1 app`, `2 apps`: for nouns whose plural is made by an s.
  package func of(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
