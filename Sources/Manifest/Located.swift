package import Core
package import YAML

/// A value of a manifest that knows where it was written.
package struct Located<Value: Sendable>: Sendable {
  package let value: Value
  package let place: Place

  package init(_ value: Value, at place: Place) {
    self.value = value
    self.place = place
  }

  package var location: SourceLocation { place.location }

  func map<Other: Sendable>(_ change: (Value) -> Other) -> Located<Other> { Located<Other>(change(value), at: place) }
}
