// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

/// A module of ours: `Sources/<name>`.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of one module: `Tests/<name>`.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// A program for those who work on the package; it is not installed.
func tool(_ name: String, path: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .executableTarget(name: name, dependencies: dependencies + ["Core", system], path: path, swiftSettings: settings)
}

/// A C library of the system, described by `Sources/<name>/module.modulemap`.
func systemLibrary(_ name: String, pkgConfig: String? = nil, package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let package = Package(
  name: "olares-cli",
  products: [.executable(name: "olares-cli", targets: ["olares-cli"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
  ],
  targets: [
    .executableTarget(name: "olares-cli", dependencies: ["Commands"], swiftSettings: settings),
    module(
      "Commands",
      [
        "Apps", "Setup", "Storage", "PostgreSQL", "Redis", "RedisNamespaces", "RedisProxy", "Hosting", "Manifest",
        "Configuration", "YAML", "Core", system, logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    module(
      "Apps",
      [
        "Storage", "PostgreSQL", "Redis", "RedisNamespaces", "RedisProxy", "Manifest", "Configuration", "YAML", "Core",
        system,
      ]),
    module(
      "Setup",
      ["Storage", "PostgreSQL", "Redis", "RedisNamespaces", "RedisProxy", "Hosting", "Configuration", "Core", system]),
    module("Storage", ["CLinux", "Core", system]),
    module("PostgreSQL", ["CPostgreSQL", "Core", system]),
    module("Redis", ["CHiredis", "RedisNamespaces", "Core", system]),
    module("RedisNamespaces", ["Core", crypto]),
    module("RedisProxy", ["RedisNamespaces", "CLinux", "Core", system, crypto]),
    module("Hosting", ["Core", system]),
    module("Manifest", ["YAML", "Core", system]),
    module("Configuration", ["YAML", "Core", system]),
    module("YAML", ["CYAML", "Core", system]),
    module("Core", [system, logging, .product(name: "Subprocess", package: "swift-subprocess")]),
    systemLibrary("CPostgreSQL", package: "libpq-dev"),
    systemLibrary("CHiredis", package: "libhiredis-dev"),
    systemLibrary("CMongoC", pkgConfig: "libmongoc-1.0", package: "libmongoc-dev"),
    systemLibrary("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
    systemLibrary("CYAML", pkgConfig: "yaml-0.1", package: "libyaml-dev"),
    .systemLibrary(name: "CLinux"),
    .target(
      name: "TestServers", dependencies: ["PostgreSQL", "Redis", "RedisNamespaces", "Configuration", "Core", system],
      path: "Tests/TestServers", swiftSettings: settings),
    tool("documentation", path: "Tests/Documentation"),
    tool(
      "benchmarks", path: "Tests/Benchmarks",
      ["Storage", "RedisNamespaces", "Redis", "PostgreSQL", "Configuration", "TestServers"]),
    tests("CoreTests", ["Core", "TestServers", system, logging]),
    tests("YAMLTests", ["YAML", "Core"]),
    tests("ManifestTests", ["Manifest", "YAML", "Core", "TestServers", system]),
    tests("ConfigurationTests", ["Configuration", "Core", "TestServers", system]),
    tests("StorageTests", ["Storage", "Core", "TestServers", system]),
    tests("PostgreSQLTests", ["PostgreSQL", "Core", system]),
    tests("RedisTests", ["Redis", "RedisNamespaces", "Core", system]),
    tests(
      "RedisProxyTests",
      ["olares-cli", "RedisProxy", "RedisNamespaces", "Redis", "Core", "TestServers", system, crypto]),
    tests("HostingTests", ["Hosting", "Core", "TestServers", system]),
    tests("SetupTests", ["Setup", "PostgreSQL", "Redis", "Hosting", "Configuration", "Core", "TestServers", system]),
    tests(
      "CommandsTests",
      [
        "olares-cli", "documentation", "Commands", "Setup", "Core", "TestServers", system,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    tests(
      "IntegrationTests",
      [
        "olares-cli", "Apps", "Setup", "Storage", "PostgreSQL", "Redis", "RedisNamespaces", "Hosting", "Manifest",
        "Configuration", "Core", "TestServers", system,
      ]),
    // The executable itself, on machines that it prepares: killed, interrupted, watched, many at once.
    tests("FailureTests", ["olares-cli", "Configuration", "Redis", "Core", "TestServers", system]),
  ],
  swiftLanguageModes: [.v6]
)

// Everything in this executable is built with libFuzzer's instrumentation, so only `make fuzz` builds it.
if Context.environment["FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzz", dependencies: ["Manifest", "RedisProxy", "Core"], path: "Tests/Fuzzing",
      exclude: ["manifests.dict", "resp.dict"],
      swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]))
}
