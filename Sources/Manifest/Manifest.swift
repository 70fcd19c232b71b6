package import Core
package import YAML

/// An `OlaresManifest.yaml` as it is for one owner: what the app is called, and what it asks for.
package struct AppManifest: Sendable {
  /// `olaresManifest.version`; nil where it is missing.
  package var version: String?
  package var type: AppType
  package var apiVersion: APIVersion
  package var metadata: Metadata
  package var entrances: [Entrance]
  package var permission: Permission
  package var middleware: Middleware
  package var spec: AppSpec
  package var options: AppOptions
  package var variables: [EnvironmentVariable]

  package enum AppType: String, Sendable, CaseIterable { case app, recommend, middleware, model }
  package enum APIVersion: String, Sendable, CaseIterable { case v1, v2, v3 }

  package struct Metadata: Sendable {
    package var name: Located<AppName>
    package var title: String
    /// Of the app.
    package var version: Located<String>
    package var description: String
    package var categories: [String]
  }

  package struct Entrance: Sendable {
    package var name: Located<String>
    package var host: String
    package var port: Int
    package var authLevel: String?
  }

  package struct EnvironmentVariable: Sendable {
    package var name: Located<String>
    package var type: String?
    package var isRequired: Bool
    package var defaultValue: String?
  }
}

/// `permission`: the parts of the storage that the app may use.
package struct Permission: Sendable {
  /// Each is where the manifest asks for it; nil where it does not.
  package var appData: Place?
  package var appCache: Place?
  package var appCommon: Place?
  package var externalData: Place?
  package var userData: [Located<UserDataPath>] = []
  package var providers: [Provider] = []
  /// Data of the system by the manifests before 0.11.0: `dataType` of each.
  package var systemData: [Located<String>] = []

  package struct Provider: Sendable {
    package var app: Located<String>
    package var name: String?
  }
}

/// `spec`, as far as it says what the app needs to run.
package struct AppSpec: Sendable {
  package var quantities: [String: Located<Quantity>] = [:]
  package var resources: [Resources] = []
  package var architectures: [String] = []
  package var runsAsUser = false
  package var isForAdminOnly = false
  package var subCharts: [SubChart] = []

  /// One way to run the app, such as on a GPU of some kind (`accelerator`, `resources`).
  package struct Resources: Sendable {
    package var mode: Located<String>
    package var quantities: [String: Located<Quantity>]
  }

  package struct SubChart: Sendable {
    package var name: String
    package var isShared: Bool
  }
}

/// `options`, as far as it says what else has to be there.
package struct AppOptions: Sendable {
  package var dependencies: [Dependency] = []
  package var conflicts: [String] = []
  package var isClusterScoped = false

  package struct Dependency: Sendable {
    package var name: Located<String>
    package var version: String
    package var type: String
    package var isMandatory: Bool
  }
}
