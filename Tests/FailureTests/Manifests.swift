/// Manifests of the apps that these tests apply.
enum Manifests {
  /// Everything there is to ask for: directories that are mounted, two databases, two namespaces.
  /// - Parameter last: a script of the database that is made last.
  static func everything(_ app: String, last: String = "CREATE TABLE other (id int)") -> String {
    head(app) + """
      permission: {appData: true, appCache: true, userData: [Home/Documents, Home/Pictures]}
      middleware:
        postgres:
          username: \(app)
          password: public
          databases:
          - {name: main, extensions: [pg_trgm], scripts: [CREATE TABLE note (id int)]}
          - {name: side, scripts: [\(last)]}
        redis: {namespace: db0}

      """
  }

  /// A database and a namespace, no more.
  static func databases(_ app: String) -> String {
    head(app) + """
      middleware:
        postgres:
          username: \(app)
          databases:
          - {name: main}
        redis: {namespace: db0}

      """
  }

  private static func head(_ app: String) -> String {
    """
    olaresManifest.version: '0.12.0'
    olaresManifest.type: app
    metadata:
      name: \(app)
      title: \(app)
      description: An app of a test
      icon: https://example.org/icon.png
      version: 1.0.0
    entrances:
    - {name: \(app), host: \(app), port: 80, title: \(app)}
    spec: {requiredMemory: 64Mi, limitedMemory: 1Gi, requiredDisk: 1Mi, requiredCpu: 10m, limitedCpu: 0.75}
    options:
      dependencies: [{name: olares, type: system, version: '>=1.12.0-0'}]

    """
  }
}
