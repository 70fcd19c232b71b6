package import Core
import FoundationEssentials
package import SystemPackage

/// `Codable` values as YAML text, by way of JSON, which has the same model of data. Dates are ISO 8601 UTC.
package enum YAMLDocument {
  /// - Throws: `Problem` when the value cannot be represented.
  package static func encode(_ value: any Encodable) throws(Problem) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.dateEncodingStrategy = .iso8601
    do {
      let json = try encoder.encode(value)
      return try YAMLEmitter.emit(try JSONDecoder().decode(YAMLValue.self, from: json))
    } catch {
      throw Problem(error)
    }
  }

  /// - Parameter file: where the text is from, for messages.
  /// - Throws: `Problem` `bad-yaml` with the place, or `bad-configuration` when the text does not have the fields of `type`.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from text: String, file: FilePath
  ) throws(Problem) -> Value {
    let node = try YAMLParser.parse(text, file: file.string)
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      return try decoder.decode(type, from: try JSONEncoder().encode(node.value))
    } catch let error as DecodingError {
      throw Problem(
        "bad-configuration", .notPrepared, "\(file) is not what olares-cli wrote: \(error.shortDescription)",
        hint: "restore the file from a backup")
    } catch {
      throw Problem(error)
    }
  }
}

extension DecodingError {
  fileprivate var shortDescription: String {
    switch self {
    case .keyNotFound(let key, let context): "\(path(context)) lacks \(key.stringValue)"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      "\(path(context)) is not \(type)"
    case .dataCorrupted(let context): "\(path(context)): \(context.debugDescription)"
    @unknown default: "it does not decode"
    }
  }

  private func path(_ context: Context) -> String {
    context.codingPath.isEmpty ? "it" : context.codingPath.map(\.stringValue).joined(separator: ".")
  }
}

extension Node {
  /// The value without its places.
  package var value: YAMLValue {
    switch content {
    case .sequence(let nodes): .sequence(nodes.map(\.value))
    case .mapping(let mapping): .mapping(mapping.entries.map { (key: $0.name, value: $0.value.value) })
    case .scalar(let scalar):
      switch scalar.value {
      case .null: .null
      case .bool(let value): .bool(value)
      case .int(let value): .int(value)
      case .double(let value): .double(value)
      case .string(let value): .string(value)
      }
    }
  }
}

extension YAMLValue: Codable {
  package init(from decoder: any Decoder) throws {
    if let keyed = try? decoder.container(keyedBy: Key.self) {
      self = .mapping(
        try keyed.allKeys.sorted { $0.stringValue < $1.stringValue }
          .map { (key: $0.stringValue, value: try keyed.decode(YAMLValue.self, forKey: $0)) })
    } else if var unkeyed = try? decoder.unkeyedContainer() {
      var values: [YAMLValue] = []
      while !unkeyed.isAtEnd { values.append(try unkeyed.decode(YAMLValue.self)) }
      self = .sequence(values)
    } else {
      let single = try decoder.singleValueContainer()
      if single.decodeNil() {
        self = .null
      } else if let value = try? single.decode(Bool.self) {
        self = .bool(value)
      } else if let value = try? single.decode(Int.self) {
        self = .int(value)
      } else if let value = try? single.decode(Double.self) {
        self = .double(value)
      } else {
        self = .string(try single.decode(String.self))
      }
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .mapping(let entries):
      var container = encoder.container(keyedBy: Key.self)
      for (key, value) in entries { try container.encode(value, forKey: Key(stringValue: key)) }
    case .sequence(let values):
      var container = encoder.unkeyedContainer()
      for value in values { try container.encode(value) }
    case .null:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    case .bool(let value): try encoder.encode(single: value)
    case .int(let value): try encoder.encode(single: value)
    case .double(let value): try encoder.encode(single: value)
    case .string(let value): try encoder.encode(single: value)
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

extension Encoder {
  fileprivate func encode(single value: some Encodable) throws {
    var container = singleValueContainer()
    try container.encode(value)
  }
}
