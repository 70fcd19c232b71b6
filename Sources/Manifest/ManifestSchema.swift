/// The keys that each section of a manifest knows. Sections are named by their path; a list's items have that of the list.
enum ManifestSchema {
  static func keys(of section: String) -> Set<String> { sections[section] ?? [] }

  /// The key that a section knows and that differs from `key` by case only.
  static func key(spelled key: String, in section: String) -> String? {
    guard key.utf8.count <= longestKey else { return nil }
    return spellings[section]?[key.lowercased()]
  }

  private static let spellings = sections.mapValues { keys in
    Dictionary(keys.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
  }
  private static let longestKey = sections.values.joined().map(\.utf8.count).max() ?? 0

  /// The other sections that know a key, the shortest path first.
  static func sections(knowing key: String) -> [String] {
    sections.filter { $0.value.contains(key) }.map(\.key).sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
  }

  private static let entrance: Set<String> = [
    "name", "host", "port", "title", "icon", "authLevel", "openMethod", "invisible", "windowPushState", "url", "skip",
  ]
  private static let quantities: Set<String> = [
    "requiredMemory", "limitedMemory", "requiredDisk", "limitedDisk", "requiredCpu", "limitedCpu", "requiredGpu",
    "limitedGpu",
  ]
  private static let tailscale: Set<String> = ["acls", "subRoutes"]
  private static let tailscaleRule: Set<String> = ["proto", "dst", "action", "src"]
  private static let named: Set<String> = ["name"]
  private static let database: Set<String> = ["name", "scripts", "script"]
  private static let account: Set<String> = ["username", "password"]

  private static let sections: [String: Set<String>] = [
    "": [
      "olaresManifest.version", "olaresManifest.type", "terminusManifest.version", "terminusManifest.type",
      "apiVersion",
      "metadata", "entrances", "sharedEntrances", "ports", "tailscale", "permission", "middleware", "spec", "options",
      "provider", "envs", "overlayGateway", "workloadReplicas",
    ],
    "metadata": [
      "name", "title", "description", "icon", "version", "appid", "categories", "categories_v2", "tags", "rating",
      "target", "type",
    ],
    "entrances": entrance, "sharedEntrances": entrance,
    "ports": ["name", "host", "port", "protocol", "exposePort", "addToTailscaleAcl"],
    "tailscale": tailscale, "tailscale.acls": tailscaleRule,
    "options.tailscale": tailscale, "options.tailscale.acls": tailscaleRule,
    "permission": [
      "appData", "appCache", "userData", "appCommon", "externalData", "provider", "serviceAccount", "loginOlaresCLI",
      "sysData",
    ],
    "permission.provider": ["appName", "namespace", "providerName", "podSelectors"],
    "permission.sysData": ["group", "dataType", "version", "ops", "appName", "port", "svc", "namespace"],
    "middleware": [
      "postgres", "redis", "mongodb", "minio", "rabbitmq", "nats", "elasticsearch", "mariadb", "mysql", "clickHouse",
      "argo", "zincSearch",
    ],
    "middleware.postgres": account.union(["databases"]),
    "middleware.postgres.databases": ["name", "extensions", "scripts", "distributed"],
    "middleware.redis": ["password", "namespace", "username"],
    "middleware.mongodb": account.union(["databases"]), "middleware.mongodb.databases": database,
    "middleware.mysql": account.union(["databases"]), "middleware.mysql.databases": database,
    "middleware.mariadb": account.union(["databases"]), "middleware.mariadb.databases": database,
    "middleware.clickHouse": account.union(["databases"]), "middleware.clickHouse.databases": database,
    "middleware.minio": account.union(["buckets", "allowNamespaceBuckets"]), "middleware.minio.buckets": named,
    "middleware.rabbitmq": account.union(["vhosts"]), "middleware.rabbitmq.vhosts": named,
    "middleware.elasticsearch": account.union(["indexes", "allowNamespaceIndexes"]),
    "middleware.elasticsearch.indexes": named,
    "middleware.nats": account.union(["subjects", "refs"]),
    "middleware.nats.subjects": ["name", "permission", "export", "perm"],
    "middleware.nats.subjects.permission": ["pub", "sub"],
    "middleware.nats.subjects.export": ["appName", "pub", "sub"],
    "middleware.nats.refs": ["appName", "appNamespace", "subjects"],
    "middleware.nats.refs.subjects": ["name", "pub", "sub", "perm"],
    "middleware.argo": ["required"], "middleware.zincSearch": ["user", "username", "password", "indexes"],
    "middleware.zincSearch.indexes": named,
    "spec": quantities.union([
      "namespace", "onlyAdmin", "versionName", "fullDescription", "upgradeDescription", "promoteImage", "promoteVideo",
      "featuredImage", "subCategory", "developer", "website", "sourceCode", "submitter", "doc", "license", "legal",
      "supportClient", "locale", "language", "resources", "accelerator", "supportArch", "supportedGpu", "runAsUser",
      "runAsInternal", "subCharts", "podGpuConsumePolicy", "hardware", "modelSize",
    ]),
    "spec.resources": quantities.union(resourceKeys), "spec.accelerator": quantities.union(resourceKeys),
    "spec.subCharts": ["name", "shared"],
    "options": [
      "policies", "dependencies", "conflicts", "appScope", "websocket", "upload", "oidc", "mobileSupported",
      "resetCookie", "syncProvider", "apiTimeout", "allowedOutboundPorts", "images", "allowMultipleInstall",
      "needsSharedAccess", "LLMGatewaySupported", "templateOnly", "shared", "analytics", "tailscale",
    ],
    "options.policies": [
      "entranceName", "uriRegex", "level", "oneTime", "validDuration", "description",
    ],
    "options.dependencies": ["name", "version", "type", "mandatory", "selfRely"],
    "options.conflicts": ["name", "type", "version"],
    "options.appScope": ["clusterScoped", "appRef", "systemService"],
    "envs": [
      "envName", "required", "default", "type", "editable", "options", "remoteOptions", "regex", "valueFrom",
      "applyOnChange", "description", "value", "title", "multiSelect", "splitter",
    ],
  ]

  private static let resourceKeys: Set<String> = [
    "mode", "requiredGPUMemory", "limitedGPUMemory", "supportMultiCards", "supportMultiNodes",
  ]
}
