import ArgumentParser
import Core

// Strings become types here, at the edge. ArgumentParser shows the message of what is thrown.

extension Owner {
  static func parse(_ argument: String) throws -> Owner {
    do { return try Owner(argument) } catch { throw ValidationError(error.asUsage) }
  }
}

extension AppName {
  static func parse(_ argument: String) throws -> AppName {
    do { return try AppName(argument) } catch { throw ValidationError(error.asUsage) }
  }
}

extension Problem {
  /// Message and hints for a place that takes only text.
  var asUsage: String { ([message] + hints).joined(separator: "; ") }
}
