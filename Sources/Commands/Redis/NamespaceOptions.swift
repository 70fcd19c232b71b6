import ArgumentParser
import Core
import RedisNamespaces

/// Which namespace of which app.
struct NamespaceOptions: ParsableArguments, Sendable {
  @OptionGroup var instance: InstanceOptions

  @Option(
    name: .long, help: ArgumentHelp("The namespace, as the app's manifest calls it", valueName: "name"),
    completion: .custom(Completion.namespaces), transform: NamespaceName.parse)
  var name: NamespaceName

  var id: NamespaceID { NamespaceID(instance.instance, name) }
}

extension NamespaceName {
  static func parse(_ argument: String) throws -> NamespaceName {
    do { return try NamespaceName(argument) } catch { throw ValidationError(error.message) }
  }
}
