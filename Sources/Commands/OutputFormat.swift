import ArgumentParser

/// How a result is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  /// For people.
  case table
  case json
  case yaml
  /// `NAME=value` lines, for shells and containers; only where there is a binding to hand to an app.
  case env
  /// The values that an Olares chart reads; only where there is a binding.
  case helmValues = "helm-values"
}
