import Configuration
package import Core
import RedisNamespaces
package import RedisProxy

extension DataLayer {
  /// What a namespace proxy of this installation needs.
  /// - Throws: `Problem` `secret-lost`, or `no-proxy-key` (not prepared) on a machine that an older olares-cli prepared.
  package nonisolated func proxyConfiguration(host: String, port: UInt16, workers: Int) throws(Problem)
    -> ProxyConfiguration
  {
    let (settings, known) = (installation.redis, try secrets.serverSecrets())
    guard let password = known.redisAdmin?.secret else { throw missingSecret("Redis") }
    guard let key = known.redisProxy?.secret else {
      throw Problem(
        "no-proxy-key", .notPrepared, "there is no key for the namespace proxy yet", hint: "run olares-cli prepare")
    }
    var configuration = ProxyConfiguration(
      host: host, port: port, workers: workers,
      seeds: settings.addresses.map { NodeEndpoint(host: $0.host, port: $0.port) },
      administrator: settings.admin, password: password, proxyKey: ProxyKey(key))
    configuration.statusSocket = RunDirectory(of: baseDirectory).proxySocket
    return configuration
  }
}
